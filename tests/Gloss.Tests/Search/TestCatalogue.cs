using Gloss.Tests;
using Gloss.Text;

namespace Gloss.Search;

/// <summary>A catalogue in a folder of its own, filled by hand: no model is needed.</summary>
internal sealed class TestCatalogue : IDisposable
{
    public static readonly TagVocabulary Tags = new(
    [
        new Tag(0, "dog", TagType.Object, ["puppy"]), new Tag(1, "cat", TagType.Object, []),
        new Tag(2, "snow", TagType.Scene, []),
        new Tag(3, "red", TagType.Attribute, [], Threshold: 0.9f), new Tag(4, "run", TagType.Action, []),
        new Tag(5, "tennis court", TagType.Scene, []),
    ]);

    private readonly TemporaryFolder folder = new();

    public TestCatalogue()
    {
        Catalogue = Catalogue.Open(In("catalogue.db"), mayCreate: true);
        Catalogue.UseModel(Model("first"));
    }

    public Catalogue Catalogue { get; }

    public CatalogueSearch Search => new(Catalogue);

    public static CatalogueModel Model(string identity) => new()
    {
        Identity = $"{identity}-0123456789abcdef", Name = identity, Folder = "/models/" + identity, Tags = Tags,
        Threshold = 0.5f, Floor = 0.1f,
    };

    public string In(string path) => Path.Combine(folder.Path, path);

    /// <summary>Puts a picture in; its file is made where it is absent.</summary>
    public long Add(string path, float[] scores, float[]? embedding = null, string? caption = null,
        DateTime? taken = null, byte content = 0, long look = 0)
    {
        var full = In(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        if (!File.Exists(full))
            File.WriteAllBytes(full, [content]);
        var pending = new PendingPicture(new PictureFile(full, 1, 1), [content, .. new byte[31]],
            taken ?? new DateTime(2020, 1, 1), IsKnown: false);
        new CatalogueWriter(Catalogue).Save(
        [
            new IndexedPicture(pending) { Width = 4, Height = 3, Scores = scores, Embedding = embedding ?? [1, 0, 0, 0],
                Caption = caption, Look = look },
        ]);
        return Search.Find(full)!.Value;
    }

    /// <summary>The names of the files that a query finds, in order.</summary>
    public string[] Names(SearchQuery query) =>
        [.. Search.Run(query).Select(result => Path.GetRelativePath(folder.Path, result.Picture.Path))];

    public string[] Names(SearchFilter filter) => Names(new SearchQuery { Filter = filter });

    public void Dispose()
    {
        Catalogue.Dispose();
        folder.Dispose();
    }
}
