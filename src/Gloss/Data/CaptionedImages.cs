using System.IO.Compression;
using System.Text.Json;

namespace Gloss.Data;

/// <summary>Reads data sets of pictures in the forms that they come in, one picture after the other.</summary>
public static class CaptionedImages
{
    private static readonly string[] listNames = ["captions.jsonl", "labels.jsonl"];

    /// <summary>
    /// Reads a data set:
    /// a folder with <c>captions.jsonl</c> or <c>labels.jsonl</c>, or with WebDataset shards (<c>*.tar</c>);
    /// JSON lines (<c>.jsonl</c>); a JSON list in the form of Tag2Text and RAM (<c>.json</c>); the captions or instances of
    /// COCO (<c>.json</c>); a shard (<c>.tar</c>). JSON may be compressed (<c>.gz</c>). See
    /// <see cref="CaptionedImage"/> for what is read of each picture.
    /// </summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="split">Only pictures of this split; null: all.</param>
    /// <param name="imageFolder">
    /// What pictures' paths are relative to; null: the folder <c>images</c> beside the list, else the list's own folder.
    /// </param>
    /// <param name="shards">Limits on shards; null: the defaults.</param>
    /// <exception cref="DatasetException">The form is unknown, the set is not as it should be, or it has no picture of the split.</exception>
    public static IEnumerable<CaptionedImage> Read(string path, string? split = null, string? imageFolder = null,
        WebDatasetOptions? shards = null)
    {
        var images = Open(path, imageFolder, shards ?? new WebDatasetOptions());
        return split is null ? images : OfSplit(images, split, path);
    }

    private static IEnumerable<CaptionedImage> OfSplit(IEnumerable<CaptionedImage> images, string split, string path)
    {
        var splits = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            splits.Add(image.Split ?? "none");
            if (image.Split == split)
                yield return image;
        }
        if (!splits.Contains(split))
            throw new DatasetException($"{path} · no pictures of the split '{split}' · hint: the splits are {string.Join(", ", splits)}");
    }

    private static IEnumerable<CaptionedImage> Open(string path, string? imageFolder, WebDatasetOptions shards)
    {
        if (Directory.Exists(path))
        {
            if (listNames.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) is { } list)
                return Open(list, imageFolder, shards);
            var archives = Directory.GetFiles(path, "*.tar").Order(StringComparer.Ordinal).ToList();
            if (archives.Count > 0)
                return archives.SelectMany(archive => WebDataset.Read(archive, shards));
            throw new DatasetException($"{path} is no data set · expected {string.Join(" or ", listNames)} or .tar files in it, got neither");
        }
        if (!File.Exists(path))
            throw new DatasetException($"{path} is not there · expected a folder or a file of a data set");
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        imageFolder ??= ImageFolder(path);
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".jsonl" => ReadLines(path, imageFolder),
            ".json" => BeginsWithObject(path) ? CocoImages.Read(path, Text(path), imageFolder) : ReadList(path, imageFolder),
            ".tar" => WebDataset.Read(path, shards),
            var other => throw new DatasetException($"{path} is no data set · expected .jsonl, .json (or these as .gz) or .tar, got '{other}'"),
        };
    }

    private static IEnumerable<CaptionedImage> ReadLines(string path, string imageFolder)
    {
        using var reader = new StreamReader(Text(path));
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            using var document = Parse(line, $"{path}:{number}");
            yield return CaptionedImageJson.Read(document.RootElement, $"{path}:{number}", image => Path.Combine(imageFolder, image));
        }
    }

    private static IEnumerable<CaptionedImage> ReadList(string path, string imageFolder)
    {
        using var stream = Text(path);
        using var items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable().GetEnumerator();
        for (var number = 1; MoveNext(items, path, number); number++)
            yield return CaptionedImageJson.Read(items.Current, $"{path}, entry {number}", image => Path.Combine(imageFolder, image));
    }

    private static bool MoveNext(IEnumerator<JsonElement> items, string path, int number)
    {
        try
        {
            return items.MoveNext();
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{path}, entry {number} · expected a JSON list of objects · {error.Message}", error);
        }
    }

    private static JsonDocument Parse(string text, string place)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{place} · expected a JSON object · {error.Message}", error);
        }
    }

    private static bool BeginsWithObject(string path)
    {
        using var reader = new StreamReader(Text(path));
        int character;
        do
            character = reader.Read();
        while (character >= 0 && char.IsWhiteSpace((char)character));
        return character == '{';
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
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
