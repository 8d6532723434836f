using System.IO.Compression;
using System.Text.Json;
using Gloss.Text;

namespace Gloss.Data;

/// <summary>Reads data sets of pictures in the forms that they come in, one picture after the other.</summary>
public static class CaptionedImages
{
    private const string None = "none";
    private static readonly string[] listNames = ["captions.jsonl", "labels.jsonl"];

    /// <summary>
    /// Reads a data set:
    /// a folder with <c>captions.jsonl</c> or <c>labels.jsonl</c>, or with WebDataset shards (<c>*.tar</c>);
    /// JSON lines (<c>.jsonl</c>); a JSON list in the form of Tag2Text and RAM (<c>.json</c>); the captions or
    /// instances of COCO (<c>.json</c>); a shard (<c>.tar</c>). JSON may be compressed (<c>.gz</c>). See
    /// <see cref="CaptionedImage"/> for what is read of each picture.
    /// </summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="split">Only pictures of this split, and those without one (COCO's have none); null: all.</param>
    /// <param name="imageFolder">
    /// What pictures' paths are relative to; null: the folder <c>images</c> beside the list, else the list's own
    /// folder.
    /// </param>
    /// <param name="shards">Limits on shards; null: the defaults.</param>
    /// <exception cref="DatasetException">The form is unknown, the set is not as it should be, or it has no picture of
    /// the split.</exception>
    public static IEnumerable<CaptionedImage> Read(string path, string? split = null, string? imageFolder = null,
        WebDatasetOptions? shards = null)
    {
        var images = Open(path, imageFolder, new DatasetReading { Shards = shards ?? new WebDatasetOptions() });
        return split is null ? images : OfSplit(images, split, path);
    }

    private static IEnumerable<CaptionedImage> OfSplit(IEnumerable<CaptionedImage> images, string split, string path)
    {
        var splits = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            splits.Add(image.Split ?? None);
            if (image.Split is null || image.Split == split)
                yield return image;
        }
        if (!splits.Contains(split) && !splits.Contains(None))
            throw new DatasetException(
                $"{path} · no pictures of the split '{split}' · hint: the splits are {string.Join(", ", splits)}");
    }

    /// <summary>The list in a folder; null where it has none.</summary>
    internal static string? ListIn(string folder) => listNames.Select(name => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>As <see cref="Read"/>, in another manner.</summary>
    internal static IEnumerable<CaptionedImage> Open(string path, string? imageFolder, DatasetReading reading)
    {
        if (Directory.Exists(path))
        {
            if (ListIn(path) is { } list)
                return Open(list, imageFolder, reading);
            var archives = Directory.GetFiles(path, "*.tar").Order(StringComparer.Ordinal).ToList();
            if (archives.Count > 0)
                return archives.SelectMany(archive => WebDataset.Read(archive, reading));
            throw new DatasetException(
                $"{path} is no data set · expected {string.Join(" or ", listNames)} or .tar files in it, got neither");
        }
        if (!File.Exists(path))
            throw new DatasetException($"{path} is not there · expected a folder or a file of a data set");
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        imageFolder ??= ImageFolder(path);
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".jsonl" => ReadLines(path, imageFolder, reading),
            ".json" => BeginsWithObject(path, reading) ? CocoImages.Read(path, Text(path), imageFolder, reading)
                : ReadList(path, imageFolder, reading),
            ".tar" => WebDataset.Read(path, reading),
            var other =>
                throw new DatasetException(
                $"{path} is no data set · expected .jsonl, .json (or these as .gz) or .tar, got '{other}'"),
        };
    }

    private static IEnumerable<CaptionedImage> ReadLines(string path, string imageFolder, DatasetReading reading)
    {
        using var stream = Text(path);
        using var lines = new CaptionLines(stream);
        var (line, isValid) = ("", true);
        while (reading.TryNext(() => lines.Read(out line, out isValid), $"{path}, behind line {lines.Number}"))
        {
            if (!isValid)
                reading.NoteInvalidText();
            if (!string.IsNullOrWhiteSpace(line)
                && reading.Try(() => ReadLine(line, $"{path}:{lines.Number}", imageFolder, reading)) is { } image)
                yield return image;
        }
    }

    private static CaptionedImage ReadLine(string line, string place, string imageFolder, DatasetReading reading)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return CaptionedImageJson.Read(document.RootElement, place,
                image => Path.Combine(imageFolder, image), reading);
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{place} · expected a JSON object · {error.Message}", error);
        }
    }

    private static IEnumerable<CaptionedImage> ReadList(string path, string imageFolder, DatasetReading reading)
    {
        using var stream = Text(path);
        using var items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable()
            .GetEnumerator();
        for (var number = 1; reading.TryNext(() => MoveNext(items, path, number, reading), $"{path}, entry {number}");
            number++)
        {
            var place = $"{path}, entry {number}";
            if (
                reading.Try(() => CaptionedImageJson.Read(items.Current, place,
                image => Path.Combine(imageFolder, image), reading)) is { } image)
                yield return image;
        }
    }

    // Behind what is no JSON nothing can be read.
    private static bool MoveNext(IEnumerator<JsonElement> items, string path, int number, DatasetReading reading)
    {
        try
        {
            return items.MoveNext();
        }
        catch (JsonException error)
        {
            reading.Fail(
                new DatasetException($"{path}, entry {number} · expected a JSON list of objects · {error.Message}",
                error));
            return false;
        }
    }

    private static bool BeginsWithObject(string path, DatasetReading reading)
    {
        using var reader = new StreamReader(Text(path));
        var character = -1;
        return reading.TryNext(() =>
        {
            do
                character = reader.Read();
            while (character >= 0 && char.IsWhiteSpace((char)character));
            return character == '{';
        }, path);
    }

    private static string ImageFolder(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var images = Path.Combine(folder, "images");
        return Directory.Exists(images) ? images : folder;
    }

    private static Stream Text(string path)
    {
        var file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
