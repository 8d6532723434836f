using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;
using Gloss.Training.Tag2Text;

namespace Gloss.Tests.Training.Tag2Text;

public sealed class LabelNamesTests : IDisposable
{
    private static readonly TagVocabulary tags = new(
    [
        new Tag(0, "dog", TagType.Object, ["puppy"]), new Tag(1, "cat", TagType.Object, []),
        new Tag(2, "animal", TagType.Object, []),
    ]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ReadLabelled_LabelsOfTheTable_AreItsTagsAndOthersAreLookedUp()
    {
        File.WriteAllText(Path.Combine(folder.Path, "labels.jsonl"), """
            {"image": "a.jpg", "tags": ["tabby"]}
            {"image": "b.jpg", "tags": ["puppy"]}
            {"image": "c.jpg", "tags": ["cat", "tabby"]}
            {"image": "d.jpg", "tags": ["hot dog"]}
            """);
        Directory.CreateDirectory(Path.Combine(folder.Path, "images"));
        var labels = Load(Table("# a comment\n\ntabby\tcat, animal\nhot dog\t\n"));

        var read = Tag2TextData.ReadLabelled(folder.Path, labels);

        Assert.Equal([[1, 2], [0], [1, 2]], read.Select(example => example.Tags));
    }

    [Theory]
    [InlineData("tabby cat", ":1 · expected a label, a tab and its tags, got tabby cat")]
    [InlineData("tabby\tcat\ntabby\tdog", ":2 · tabby stands there twice")]
    public void Load_FaultyTable_NamesTheLine(string text, string expected)
    {
        var error = Assert.Throws<DatasetException>(() => Load(Table(text)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfTheRepository_NamesTagsOfItsVocabularyAlone()
    {
        var vocabulary = TagVocabulary.Load(Path.Combine(GoldenFile.RepositoryRoot(), "configs/tags.jsonl"));

        var rows = File.ReadLines(Path.Combine(GoldenFile.RepositoryRoot(), "configs/label-names.tsv"))
            .Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')).ToArray();

        Assert.True(rows.Length > 1000);
        Assert.All(rows.SelectMany(row => row[1].Split(", ", StringSplitOptions.RemoveEmptyEntries)),
            tag => Assert.True(vocabulary.TryFind(tag, out _), tag));
    }

    private static LabelNames Load(string path) => LabelNames.Load(path, tags, new TagMiner(tags));

    private string Table(string text)
    {
        var path = Path.Combine(folder.Path, "names.tsv");
        File.WriteAllText(path, text);
        return path;
    }
}
