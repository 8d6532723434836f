using System.IO.Compression;
using Gloss.Images;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Data;

/// <summary>
/// Reads captions in the forms that data sets have them in: all that <see cref="CaptionedImages"/> reads, whose
/// pictures need not be there, and plain text.
/// </summary>
public static class CaptionReader
{
    private static readonly string[] forms = [".txt", ".csv", ".tsv", ".jsonl", ".json", ".tar"];

    /// <summary>
    /// Streams captions: .txt (one a line; in a folder, beside a picture of its name: of that picture), .csv and .tsv
    /// (a row a caption, the columns named in the first row), .jsonl (objects with <c>captions</c> or <c>caption</c>,
    /// as text or as objects with <c>text</c>; <c>image</c> and <c>split</c> where given), .json (the training lists of
    /// Tag2Text and RAM, or COCO's captions), each plain or as .gz; WebDataset shards (.tar); or a folder of these.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="report">Counts what cannot be read, which is then left out; null: it is an error.</param>
    /// <exception cref="DatasetException">
    /// The form is unknown or nothing is there; without a report also where an entry is none with captions.
    /// </exception>
    public static IEnumerable<CaptionEntry> Read(string path, MiningReport? report = null)
    {
        var reading = new DatasetReading { CaptionsOnly = true, Report = report };
        return FilesOf(path).SelectMany(file => FormOf(file) switch
        {
            ".txt" when Directory.Exists(path) && PictureBeside(file) is { } picture =>
                ReadPicture(file, picture, reading),
            ".txt" => ReadText(file, reading),
            ".csv" or ".tsv" => ReadTable(file, reading),
            // Names in shards are told apart by the shard.
            ".tar" => CaptionedImages.Open(file, "", reading)
                .Select(image => new CaptionEntry($"{Path.GetFileName(file)}/{image.Name}", image.Split,
                    image.Captions)),
            _ => CaptionedImages.Open(file, "", reading).Select(image =>
                new CaptionEntry(image.Name.Length > 0 ? image.Name : null, image.Split, image.Captions)),
        });
    }

    /// <summary>The files that are read for a path: itself, or those of a folder.</summary>
    /// <exception cref="DatasetException">Nothing is there that can be read.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            if (CaptionedImages.ListIn(path) is { } list)
                return [list];
            var files = Directory.GetFiles(path).Where(file => forms.Contains(FormOf(file)))
                .Order(StringComparer.Ordinal).ToArray();
            return files.Length > 0 ? files : throw new DatasetException(
                $"{path} has no captions · expected captions.jsonl, or .txt, .csv, .tsv, .jsonl, .json (or these as .gz) or .tar in it");
        }
        if (!File.Exists(path))
            throw new DatasetException($"{path} is not there · expected a file of captions or a folder of such");
        return forms.Contains(FormOf(path)) ? [path] : throw new DatasetException(
            $"cannot read captions: {path} · expected .txt, .csv, .tsv, .jsonl, .json (or these as .gz) or .tar, got '{FormOf(path)}'");
    }

    private static string FormOf(string path) => Path.GetExtension(
        path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();

    private static string? PictureBeside(string path) =>
        ImageFiles.Extensions.Select(extension => Path.ChangeExtension(path, extension)).FirstOrDefault(File.Exists);

    private static IEnumerable<CaptionEntry> ReadPicture(string path, string picture, DatasetReading reading)
    {
        var captions = ReadText(path, reading).SelectMany(line => line.Captions)
            .Where(caption => caption.Length > 0).ToArray();
        yield return new CaptionEntry(Path.GetFileName(picture), null, captions.Length > 0 ? captions : [""]);
    }

    private static Stream Open(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
        ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);

    private static IEnumerable<CaptionEntry> ReadTable(string path, DatasetReading reading)
    {
        using var stream = Open(path);
        foreach (var entry in CaptionTable.Read(path, stream, FormOf(path) == ".tsv", reading))
            yield return entry;
    }

    private static IEnumerable<CaptionEntry> ReadText(string path, DatasetReading reading)
    {
        using var stream = Open(path);
        using var lines = new CaptionLines(stream);
        var (line, isValid) = ("", true);
        while (reading.TryNext(() => lines.Read(out line, out isValid), $"{path}, behind line {lines.Number}"))
        {
            if (!isValid)
                reading.NoteInvalidText();
            yield return new CaptionEntry(null, null, [line]);
        }
    }
}
