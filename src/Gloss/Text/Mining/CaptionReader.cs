using System.IO.Compression;
using System.Text.Json;

namespace Gloss.Text.Mining;

/// <summary>Reads captions from the forms that data sets have them in.</summary>
public static class CaptionReader
{
    /// <summary>Captions with the picture they belong to and its split; one caption and no picture for plain text.</summary>
    public sealed record Entry(string? Image, string? Split, IReadOnlyList<string> Captions);

    /// <summary>
    /// Streams a file: .txt (one caption a line), .jsonl (objects with <c>captions</c>, or <c>caption</c>, as text or as
    /// objects with <c>text</c>; <c>image</c> and <c>split</c> where given), .json (the training lists of Tag2Text), each plain
    /// or as .gz; or a folder that holds <c>captions.jsonl</c>.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="report">Counts what cannot be read, which is then left out; null: it is an error.</param>
    /// <exception cref="InvalidDataException">The form is unknown, or a line is no JSON object with captions.</exception>
    public static IEnumerable<Entry> Read(string path, MiningReport? report = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            path = Path.Combine(path, "captions.jsonl");
        var gzip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var form = Path.GetExtension(gzip ? path[..^3] : path).ToLowerInvariant();
        if (form is not (".txt" or ".jsonl" or ".json"))
        {
            throw new InvalidDataException(
                $"cannot read captions: {path} · expected .txt, .jsonl or .json (or these as .gz), got \"{form}\"");
        }
        using Stream file = File.OpenRead(path);
        using var stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        if (form == ".json")
        {
            var list = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream).ToBlockingEnumerable();
            var index = 0;
            foreach (var element in list)
            {
                if (Try(() => ReadObject(element, path, ++index), report) is { } entry)
                    yield return entry;
            }
            yield break;
        }
        using var lines = new CaptionLines(stream);
        while (lines.Read(out var line, out var isValid))
        {
            if (!isValid && report is not null)
                report.InvalidText++;
            if (form == ".txt")
                yield return new Entry(null, null, [line]);
            else if (!string.IsNullOrWhiteSpace(line) && Try(() => ReadLine(line, path, lines.Number), report) is { } entry)
                yield return entry;
        }
    }

    private static Entry? Try(Func<Entry> read, MiningReport? report)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error) when (report is not null)
        {
            report.AddUnreadable(error.Message);
            return null;
        }
    }

    private static Entry ReadLine(string line, string path, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return ReadObject(document.RootElement, path, number);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"cannot read captions: {path}, line {number}: no JSON ({e.Message})", e);
        }
    }

    private static Entry ReadObject(JsonElement element, string path, int number)
    {
        if (element.ValueKind != JsonValueKind.Object
            || (!element.TryGetProperty("captions", out var captions) && !element.TryGetProperty("caption", out captions)))
        {
            throw new InvalidDataException(
                $"cannot read captions: {path}, entry {number}: expected an object with \"captions\" or \"caption\"");
        }
        var texts = captions.ValueKind == JsonValueKind.Array
            ? captions.EnumerateArray().Select(TextOf).ToArray()
            : [TextOf(captions)];
        return new Entry(
            StringOf(element, "image") ?? StringOf(element, "image_path"), StringOf(element, "split"), texts);
    }

    private static string TextOf(JsonElement caption) =>
        (caption.ValueKind == JsonValueKind.Object ? StringOf(caption, "text") : caption.ToString()) ?? "";

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
