using System.Globalization;
using System.Net;
using System.Text;

namespace Gloss.Text.Mining;

/// <summary>Draws the statistics of a vocabulary as the papers show them: tags of each type, and captions by rank.</summary>
public static class VocabularyChart
{
    private static readonly string[] Colours = ["#2a6fc9", "#2f9e6e", "#c98a2a", "#b0467c"];

    /// <summary>An SVG picture: a bar for each type; the captions of every tag by its rank, both axes logarithmic; the most frequent
    /// tags of each type.</summary>
    public static string Draw(IReadOnlyList<(string Name, TagType Type, int Count)> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        const int width = 960, height = 560;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n");
        Text(24, 34, $"{tags.Count:N0} tags", "font-size=\"20\" font-weight=\"600\"");
        var types = Enum.GetValues<TagType>();
        var most = Math.Max(1, types.Max(type => tags.Count(t => t.Type == type)));
        for (var i = 0; i < types.Length; i++)
        {
            var count = tags.Count(t => t.Type == types[i]);
            var y = 62 + (34 * i);
            var bar = 220.0 * count / most;
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"100\" y=\"{y}\" width=\"{bar:0.#}\" height=\"22\" rx=\"3\" fill=\"{Colours[i]}\"/>\n");
            Text(24, y + 16, types[i].ToString().ToLowerInvariant(), "");
            Text(108 + bar, y + 16, $"{count:N0}", "");
            var top = tags.Where(t => t.Type == types[i]).OrderByDescending(t => t.Count).ThenBy(t => t.Name, StringComparer.Ordinal).Take(12).ToList();
            var x = 24 + (232 * i);
            Text(x, 262, types[i].ToString().ToLowerInvariant(), $"font-weight=\"600\" fill=\"{Colours[i]}\"");
            var largest = top.Count > 0 ? top[0].Count : 1;
            for (var k = 0; k < top.Count; k++)
            {
                var row = 284 + (22 * k);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{row - 11}\" width=\"{Math.Max(1, 130.0 * top[k].Count / largest):0.#}\" height=\"16\" fill=\"{Colours[i]}\" opacity=\"0.25\"/>\n");
                Text(x + 4, row + 2, top[k].Name, "");
                Text(x + 212, row + 2, $"{top[k].Count:N0}", "text-anchor=\"end\" fill=\"#5b6b7a\"");
            }
        }
        DrawRanks(svg, [.. tags.Select(t => t.Count).OrderDescending()]);
        return svg.Append("</svg>\n").ToString();

        void Text(double x, double y, string text, string attributes) => svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" {attributes}>{WebUtility.HtmlEncode(text)}</text>\n");
    }

    private static void DrawRanks(StringBuilder svg, int[] counts)
    {
        if (counts.Length == 0)
            return;
        const double left = 470, top = 50, width = 460, height = 170;
        var (maxRank, maxCount) = (Math.Max(1, Math.Log10(counts.Length)), Math.Max(1, Math.Log10(Math.Max(1, counts[0]))));
        for (var power = 0; power <= maxCount; power++)
        {
            var y = top + height - (height * power / maxCount);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left}\" x2=\"{left + width}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" stroke=\"#e8ebef\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\" fill=\"#5b6b7a\" font-size=\"11\">{Math.Pow(10, power):N0}</text>\n");
        }
        svg.Append("<polyline fill=\"none\" stroke=\"#1d2733\" stroke-width=\"2\" points=\"");
        for (var rank = 1; rank <= counts.Length; rank = Math.Max(rank + 1, (int)(rank * 1.05)))
        {
            svg.Append(CultureInfo.InvariantCulture, $"{left + (width * Math.Log10(rank) / maxRank):0.#},{top + height - (height * Math.Log10(Math.Max(1, counts[rank - 1])) / maxCount):0.#} ");
        }
        svg.Append(CultureInfo.InvariantCulture, $"\"/>\n<text x=\"{left + width}\" y=\"{top + height + 18}\" text-anchor=\"end\" fill=\"#5b6b7a\">tags by rank, 1 to {counts.Length:N0} (logarithmic)</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{top - 14}\" fill=\"#5b6b7a\">captions that name a tag (logarithmic)</text>\n");
    }
}
