using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Data;

/// <summary>
/// Reads captions from .csv and .tsv, a row a caption. The first row names the columns, one of them <c>caption</c>; a
/// .tsv of two columns without such a row is caption and picture, as Conceptual Captions has them. Rows in a row of one
/// picture are one entry.
/// </summary>
internal static class CaptionTable
{
    private static readonly string[] captionNames = ["caption", "captions", "comment", "sentence", "text", "title"];
    private static readonly string[] imageNames =
        ["image", "image_path", "image_name", "image_id", "file_name", "filename", "file", "path", "key", "url",
            "image_url"];

    /// <summary>Streams the entries of a table; rows that are none are left out and told.</summary>
    public static IEnumerable<CaptionEntry> Read(string path, Stream stream, bool hasTabs, DatasetReading reading)
    {
        using var lines = new CaptionLines(stream);
        Columns? columns = null;
        CaptionEntry? entry = null;
        var (line, isValid) = ("", true);
        while (reading.TryNext(() => lines.Read(out line, out isValid), $"{path}, behind line {lines.Number}"))
        {
            if (!isValid)
                reading.NoteInvalidText();
            if (line.Length == 0)
                continue;
            if (columns is null)
            {
                columns = Columns.Of(line, hasTabs);
                if (columns is null)
                {
                    reading.Fail(
                        new DatasetException(
                        $"{path}:{lines.Number} · expected a row with the names of columns, one of them "
                        + $"{string.Join(", ", captionNames)}, got {Shown(line)}"));
                    yield break;
                }
                if (columns.HasHeader)
                    continue;
            }
            if (columns.Cut(line, out var fault) is not { } row)
            {
                reading.Fail(new DatasetException($"{path}:{lines.Number} · {fault}"));
                continue;
            }
            if (entry is { Image: { } image } && image == row.Image)
            {
                entry = entry with { Captions = [.. entry.Captions, .. row.Captions] };
                continue;
            }
            if (entry is not null)
                yield return entry;
            entry = row;
        }
        if (entry is not null)
            yield return entry;
    }

    private static string Shown(string line) => line.Length <= 80 ? line : $"{line[..80]}…";

    private sealed record Columns(char Separator, int Count, int Caption, int Image, int Split, bool HasHeader)
    {
        public static Columns? Of(string line, bool hasTabs)
        {
            foreach (var separator in hasTabs ? "\t" : ",;|")
            {
                var names = Fields(line, separator)?.ConvertAll(name => name.Trim().ToLowerInvariant()) ?? [];
                if (names.FindIndex(captionNames.Contains) is >= 0 and var caption)
                    return new Columns(separator, names.Count, caption, names.FindIndex(imageNames.Contains),
                        names.IndexOf("split"), true);
            }
            return hasTabs && line.Split('\t').Length == 2 ? new Columns('\t', 2, 0, 1, -1, false) : null;
        }

        public CaptionEntry? Cut(string line, out string fault)
        {
            fault = "";
            if (Fields(line, Separator) is not { } fields)
            {
                fault = $"a quote that does not end: {Shown(line)}";
                return null;
            }
            // Captions with commas that no one quoted, where nothing stands behind them.
            if (fields.Count > Count && Caption == Count - 1)
                fields = [.. fields[..Caption], string.Join(Separator, fields[Caption..])];
            if (fields.Count != Count)
            {
                fault = $"expected {Count} columns, got {fields.Count}: {Shown(line)}";
                return null;
            }
            string? At(int column) => column >= 0 && fields[column].Trim() is { Length: > 0 } text ? text : null;
            return new CaptionEntry(At(Image), At(Split), [At(Caption) ?? ""]);
        }

        private static List<string>? Fields(string line, char separator)
        {
            if (separator == '\t')
                return [.. line.Split('\t')];
            var fields = new List<string>();
            for (var at = 0; at <= line.Length;)
            {
                if (at < line.Length && line[at] == '"')
                {
                    var end = at + 1;
                    while (end < line.Length && (line[end] != '"' || (end + 1 < line.Length && line[end + 1] == '"')))
                        end += line[end] == '"' ? 2 : 1;
                    if (end >= line.Length)
                        return null;
                    fields.Add(line[(at + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal));
                    at = end + 1;
                    if (at < line.Length && line[at] != separator)
                        return null;
                    at++;
                    continue;
                }
                var stop = line.IndexOf(separator, at);
                stop = stop < 0 ? line.Length : stop;
                fields.Add(line[at..stop]);
                at = stop + 1;
            }
            return fields;
        }
    }
}
