using System.Globalization;
using System.Net;
using System.Text;

namespace Gloss.Text.Mining;

/// <summary>
/// Draws the statistics of a vocabulary as the papers show them: tags of each type, and captions by rank.
/// </summary>
public static class VocabularyChart
{
    private const string Grey = "#5b6b7a";
    private const int Top = 12;
    private static readonly string[] Colours = ["#2a6fc9", "#2f9e6e", "#c98a2a", "#b0467c"];

    /// <summary>An SVG picture: a bar for each type; the captions of every tag by its rank, both axes logarithmic; the
    /// most frequent tags of each type.</summary>
    public static string Draw(IReadOnlyList<(string Name, TagType Type, int Count)> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var svg = new StringBuilder();
        Add(svg,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 590\" font-family=\"system-ui, sans-serif\" font-size=\"13\">");
        Add(svg, $"<rect width=\"960\" height=\"590\" fill=\"#fff\"/>");
        Text(svg, 24, 36, $"{tags.Count:N0} tags", "font-size=\"20\" font-weight=\"600\"");
        var types = Enum.GetValues<TagType>();
        var most = Math.Max(1, types.Max(type => tags.Count(t => t.Type == type)));
        for (var i = 0; i < types.Length; i++)
        {
            var ofType = tags.Where(t => t.Type == types[i]).OrderByDescending(t => t.Count)
                .ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
            var name = types[i].ToString().ToLowerInvariant();
            var y = 66 + 38 * i;
            var bar = 200.0 * ofType.Count / most;
            Text(svg, 24, y + 16, name, "");
            Add(svg, $"<rect x=\"100\" y=\"{y}\" width=\"{bar:0.#}\" height=\"24\" rx=\"3\" fill=\"{Colours[i]}\"/>");
            Text(svg, 108 + bar, y + 16, $"{ofType.Count:N0}", "");
            Text(svg, 150 + bar, y + 16, $"{100.0 * ofType.Count / Math.Max(1, tags.Count):0} %", $"fill=\"{Grey}\"");
            DrawTop(svg, 24 + 234 * i, name, Colours[i], ofType);
        }
        DrawRanks(svg, [.. tags.Select(t => t.Count).OrderDescending()]);
        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawTop(StringBuilder svg, int x, string type, string colour,
        List<(string Name, TagType Type, int Count)> tags)
    {
        const int width = 210;
        Text(svg, x, 288, type, $"font-weight=\"600\" fill=\"{colour}\"");
        for (var k = 0; k < Math.Min(Top, tags.Count); k++)
        {
            var y = 312 + 23 * k;
            var name = tags[k].Name.Length > 22 ? tags[k].Name[..21] + "…" : tags[k].Name;
            Text(svg, x, y, name, "");
            Text(svg, x + width, y, $"{tags[k].Count:N0}", $"text-anchor=\"end\" fill=\"{Grey}\"");
            Add(svg, $"<rect x=\"{x}\" y=\"{y + 5}\" width=\"{width}\" height=\"3\" fill=\"#eef1f4\"/>");
            var bar = Math.Max(1, (double)width * tags[k].Count / Math.Max(1, tags[0].Count));
            Add(svg, $"<rect x=\"{x}\" y=\"{y + 5}\" width=\"{bar:0.#}\" height=\"3\" fill=\"{colour}\"/>");
        }
    }

    private static void DrawRanks(StringBuilder svg, int[] counts)
    {
        if (counts.Length == 0)
            return;
        const double left = 480, top = 60, width = 456, height = 160;
        // One power more than the largest count, so that the curve stays below its title.
        var (maxRank, maxCount) = (Math.Max(1, Math.Log10(counts.Length)),
            Math.Max(1, Math.Ceiling(Math.Log10(Math.Max(1, counts[0])))));
        double X(double rank) => left + width * Math.Log10(rank) / maxRank;
        double Y(double count) => top + height - height * Math.Log10(Math.Max(1, count)) / maxCount;
        Text(svg, left, top - 26, "captions that name a tag", "font-weight=\"600\"");
        for (var power = 0; power <= maxCount; power++)
        {
            var y = Y(Math.Pow(10, power));
            Add(svg, $"<line x1=\"{left}\" x2=\"{left + width}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" stroke=\"#e3e7ec\"/>");
            Text(svg, left - 8, y + 4, $"{Math.Pow(10, power):N0}",
                $"text-anchor=\"end\" fill=\"{Grey}\" font-size=\"11\"");
        }
        for (var power = 0; power <= maxRank; power++)
        {
            var x = X(Math.Pow(10, power));
            Add(svg, $"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{top}\" y2=\"{top + height}\" stroke=\"#e3e7ec\"/>");
            Text(svg, x, top + height + 16, $"{Math.Pow(10, power):N0}",
                $"text-anchor=\"middle\" fill=\"{Grey}\" font-size=\"11\"");
        }
        Text(svg, left + width, top + height + 34, "rank of the tag",
            $"text-anchor=\"end\" fill=\"{Grey}\" font-size=\"11\"");
        svg.Append("<polyline fill=\"none\" stroke=\"#1d2733\" stroke-width=\"2\" stroke-linejoin=\"round\" points=\"");
        for (var rank = 1; rank <= counts.Length; rank = Math.Max(rank + 1, (int)(rank * 1.05)))
            svg.Append(CultureInfo.InvariantCulture, $"{X(rank):0.#},{Y(counts[rank - 1]):0.#} ");
        svg.Append("\"/>\n");
    }

    private static void Add(StringBuilder svg, FormattableString element) =>
        svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static void Text(StringBuilder svg, double x, double y, FormattableString text, string attributes) =>
        Text(svg, x, y, text.ToString(CultureInfo.InvariantCulture), attributes);

    private static void Text(StringBuilder svg, double x, double y, string text, string attributes) =>
        Add(svg, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" {attributes}>{WebUtility.HtmlEncode(text)}</text>");
}
