using System.Globalization;

namespace Gloss.Evaluation;

/// <summary>
/// Pictures with their tags in the text form of the Recognize Anything repository
/// (github.com/xinyu1205/recognize-anything@7cb804a, batch_inference.py and datasets/): a list of tags, one a line, and
/// a list of pictures, one a line: <c>name,tag,tag</c> (OpenImages; tags are names, or ids of Tag2Text's list) or
/// <c>name,3 14</c> (HICO, ImageNet; places in the list of tags, from 0). A picture may have no tag.
/// </summary>
public sealed class TagBenchmark
{
    private TagBenchmark(string name, IReadOnlyList<string> tags, bool areIds, IReadOnlyList<BenchmarkPicture> pictures,
        string imageFolder)
    {
        Name = name;
        Tags = tags;
        AreIds = areIds;
        Pictures = pictures;
        ImageFolder = imageFolder;
    }

    /// <summary>What it is called: the folder's name.</summary>
    public string Name { get; }

    /// <summary>The tags, in order; the official lists hold none twice.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Whether <see cref="Tags"/> are ids of the published Tag2Text's list rather than names.</summary>
    public bool AreIds { get; }

    /// <summary>The pictures, in order.</summary>
    public IReadOnlyList<BenchmarkPicture> Pictures { get; }

    /// <summary>Where the pictures lie.</summary>
    public string ImageFolder { get; }

    /// <summary>
    /// Reads a folder in the repository's layout: <c>imgs/</c>, and <c>…_ram_taglist.txt</c> with
    /// <c>…_ram_annots.txt</c>, <c>…_tag2text_tagidlist.txt</c> with <c>…_tag2text_idannots.txt</c>, or
    /// <c>…_taglist.txt</c> with <c>…_annots.txt</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="prefersIds">Whether the ids of Tag2Text are read where both are there.</param>
    /// <param name="imageFolder">Where the pictures lie; null: <c>imgs</c> or <c>images</c> in the folder.</param>
    /// <exception cref="FormatException">Files are missing or not of this form.</exception>
    public static TagBenchmark Open(string folder, bool prefersIds = false, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new FormatException(
                $"{folder} is not there · expected a folder with a list of tags and a list of pictures");
        (string Tags, string Pictures)[] forms = prefersIds
            ? [("_tag2text_tagidlist.txt", "_tag2text_idannots.txt"), ("_ram_taglist.txt", "_ram_annots.txt"),
                ("_taglist.txt", "_annots.txt")]
            : [("_ram_taglist.txt", "_ram_annots.txt"), ("_taglist.txt", "_annots.txt"),
                ("_tag2text_tagidlist.txt", "_tag2text_idannots.txt")];
        foreach (var (tags, pictures) in forms)
        {
            if (Only(folder, tags) is { } tagList && Only(folder, pictures) is { } pictureList)
                return Read(tagList, pictureList, imageFolder ?? ImagesOf(folder),
                    Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));
        }
        throw new FormatException(
            $"{folder} is no benchmark · expected one NAME_ram_taglist.txt and one NAME_ram_annots.txt, or " +
            "NAME_taglist.txt and NAME_annots.txt · hint: name the files");
    }

    /// <summary>Reads the two lists.</summary>
    /// <param name="tagList">One tag a line.</param>
    /// <param name="pictureList">One picture a line.</param>
    /// <param name="imageFolder">Where the pictures lie.</param>
    /// <param name="name">What the benchmark is called; null: as the list of tags.</param>
    /// <exception cref="FormatException">A line is not of this form; the message has its number.</exception>
    public static TagBenchmark Read(string tagList, string pictureList, string imageFolder, string? name = null)
    {
        string[] tags = [.. File.ReadLines(tagList).Select(line => line.Trim())];
        while (tags.Length > 0 && tags[^1].Length == 0)
            tags = tags[..^1];
        if (tags.Length == 0)
            throw new FormatException($"{tagList} has no tags · expected one a line");
        if (Array.IndexOf(tags, "") is var empty and >= 0)
            throw new FormatException($"{tagList}:{empty + 1} · expected a tag, got an empty line");
        var places = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < tags.Length; i++)
        {
            if (!places.TryGetValue(tags[i], out var list))
                places[tags[i]] = list = [];
            list.Add(i);
        }
        var pictures = new List<BenchmarkPicture>();
        var areNumbers = AreNumbers(pictureList, places);
        var number = 0;
        foreach (var line in File.ReadLines(pictureList))
        {
            number++;
            var fields = line.Trim().Split(',');
            if (fields[0].Length == 0)
            {
                if (fields.Length == 1)
                    continue;
                throw new FormatException($"{pictureList}:{number} · expected a picture's name, got '{line}'");
            }
            var labels = new SortedSet<int>();
            foreach (var field in fields.Skip(1).Where(f => f.Trim().Length > 0))
            {
                if (areNumbers)
                    labels.UnionWith(field.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(text => Place(text, tags.Length, $"{pictureList}:{number}")));
                else if (places.TryGetValue(field.Trim(), out var found))
                    labels.UnionWith(found);
                else
                    throw new FormatException(
                        $"{pictureList}:{number} · '{field}' is not in {tagList} · hint: do the two files belong "
                        + $"together?");
            }
            pictures.Add(new BenchmarkPicture(fields[0].Trim(), [.. labels]));
        }
        return new TagBenchmark(name ?? Path.GetFileNameWithoutExtension(tagList), tags,
            tagList.EndsWith("_tagidlist.txt", StringComparison.Ordinal), pictures, imageFolder);
    }

    /// <summary>The picture's file: its name as it is, or with <c>.jpg</c> behind it, as OpenImages has it.</summary>
    public string PathOf(BenchmarkPicture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var path = Path.Combine(ImageFolder, picture.Name);
        return Path.HasExtension(picture.Name) && File.Exists(path) ? path : path + ".jpg" is var jpg
            && File.Exists(jpg) ? jpg : path;
    }

    /// <summary>The labels as (N, K), row-major: 1 where a picture has a tag.</summary>
    public byte[] Targets()
    {
        var targets = new byte[Pictures.Count * Tags.Count];
        for (var row = 0; row < Pictures.Count; row++)
        {
            foreach (var place in Pictures[row].Labels)
                targets[row * Tags.Count + place] = 1;
        }
        return targets;
    }

    /// <summary>
    /// The same pictures with some of the tags, in the order given; a picture's other labels are left out.
    /// </summary>
    /// <param name="places">Places in <see cref="Tags"/>.</param>
    public TagBenchmark Only(IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var moved = places.Select((place, i) => (place, i)).ToDictionary(p => p.place, p => p.i);
        return new TagBenchmark(Name, [.. places.Select(place => Tags[place])], AreIds,
            [.. Pictures.Select(p =>
                p with { Labels = [.. p.Labels.Where(moved.ContainsKey).Select(place => moved[place]).Order()] })],
                ImageFolder);
    }

    // Whether labels are places in the list of tags: none but numbers, and not all of them tags themselves.
    private static bool AreNumbers(string path, Dictionary<string, List<int>> places)
    {
        var areTags = true;
        foreach (var line in File.ReadLines(path))
        {
            foreach (var field in line.Split(',').Skip(1).Select(f => f.Trim()).Where(f => f.Length > 0))
            {
                areTags &= places.ContainsKey(field);
                if (!field.All(c => char.IsAsciiDigit(c) || c == ' '))
                    return false;
            }
        }
        return !areTags;
    }

    private static int Place(string text, int count, string line) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place < count
            ? place
            : throw new FormatException(
                $"{line} · expected a place in the list of tags, 0 to {count - 1}, got '{text}'");

    private static string? Only(string folder, string ending)
    {
        var found = Directory.EnumerateFiles(folder).Where(f => f.EndsWith(ending, StringComparison.Ordinal)
            && (ending.Contains("_ram_", StringComparison.Ordinal)
                || ending.Contains("_tag2text_", StringComparison.Ordinal)
                || !(f.EndsWith("_ram" + ending, StringComparison.Ordinal)))).Take(2).ToArray();
        return found.Length == 1 ? found[0] : null;
    }

    private static string ImagesOf(string folder) =>
        Path.Combine(folder, Directory.Exists(Path.Combine(folder, "imgs"))
            || !Directory.Exists(Path.Combine(folder, "images")) ? "imgs" : "images");
}
