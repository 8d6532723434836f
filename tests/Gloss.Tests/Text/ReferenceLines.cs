using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gloss.Tests.Text;

/// <summary>
/// Lines of a JSON Lines file of reference outputs; keeps lone surrogates, which System.Text.Json refuses.
/// </summary>
internal static class ReferenceLines
{
    public static IEnumerable<Line> Read(string path) =>
        File.ReadLines(path).Select(l => new Line(JsonDocument.Parse(l).RootElement));

    /// <summary>One line: fields by name, null where absent or null.</summary>
    internal readonly struct Line(JsonElement element)
    {
        public bool Has(string field) => element.TryGetProperty(field, out _);

        public string? Text(string field) =>
            element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
                ? Unescape(value.GetRawText())
                : null;

        public int[]? Ids(string field) =>
            element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select(e => e.GetInt32())]
                : null;

        public string[]? Texts(string field) =>
            element.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select(e => Unescape(e.GetRawText()))]
                : null;
    }

    private static string Unescape(string raw)
    {
        var text = new StringBuilder();
        for (var i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }
            i++;
            switch (raw[i])
            {
                case 'u':
                    text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.HexNumber,
                        CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                default: text.Append(raw[i]); break;
            }
        }
        return text.ToString();
    }
}
