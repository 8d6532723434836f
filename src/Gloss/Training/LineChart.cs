using System.Globalization;
using System.Net;
using System.Text;

namespace Gloss.Training;

/// <summary>Draws a chart of one line as SVG text.</summary>
internal sealed class LineChart
{
    private const double Width = 520, Height = 250, Left = 56, Right = 14, Top = 12, Bottom = 34;
    private const int MaxPoints = 400;

    /// <summary>What is drawn: (x, y) with x ascending from 0 or above.</summary>
    public required IReadOnlyList<(double X, double Y)> Points { get; init; }

    /// <summary>Stands under the x axis.</summary>
    public required string XTitle { get; init; }

    /// <summary>Whether the y axis is logarithmic; values that are not positive are left out then.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether each point has a mark, with its figures as a tooltip.</summary>
    public bool HasMarks { get; init; }

    /// <summary>A point to be ringed, or null.</summary>
    public (double X, double Y)? Highlight { get; init; }

    /// <summary>Whether the y axis begins at zero.</summary>
    public bool IsFromZero { get; init; }

    /// <summary>The chart; null when there is nothing to draw.</summary>
    public string? Draw(string title)
    {
        var points = Thin(Points.Where(p => double.IsFinite(p.Y) && (!IsLogarithmic || p.Y > 0)).ToList());
        if (points.Count == 0)
            return null;
        var (minX, maxX) = (0.0, points.Max(p => p.X) is > 0 and var last ? last : 1);
        var xTicks = Ticks(minX, maxX, 6);
        var (minY, maxY) = (points.Min(p => Scale(p.Y)), points.Max(p => Scale(p.Y)));
        if (IsFromZero)
            minY = Math.Min(minY, 0);
        var yTicks = IsLogarithmic ? LogTicks(minY, maxY) : Ticks(minY, maxY, 5);
        (minY, maxY) = (Math.Min(minY, Scale(yTicks[0])), Math.Max(maxY, Scale(yTicks[^1])));
        if (minY == maxY)
            (minY, maxY) = (minY - 0.5, maxY + 0.5);

        double X(double x) => Left + ((x - minX) / (maxX - minX) * (Width - Left - Right));
        double Y(double y) => Height - Bottom - ((Scale(y) - minY) / (maxY - minY) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        svg.Append(
            Text($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\">"));
        foreach (var tick in yTicks)
        {
            var y = Y(tick);
            svg.Append(
                Text($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\"/>"));
            svg.Append(
                Text(
                $"<text class=\"tick\" x=\"{Left - 7}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">{Label(tick)}</text>"));
        }
        foreach (var tick in xTicks.Where(t => t >= minX && t <= maxX))
            svg.Append(
                Text(
                $"<text class=\"tick\" x=\"{X(tick):0.##}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{Label(tick)}</text>"));
        svg.Append(
            Text(
            $"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>"));
        svg.Append(
            Text(
            $"<text class=\"tick\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 3}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(XTitle)}</text>"));
        if (points.Count > 1)
            svg.Append(
                $"<polyline points=\"{string.Join(' ', points.Select(p => Text($"{X(p.X):0.##},{Y(p.Y):0.##}")))}\"/>");
        foreach (var (x, y) in HasMarks || points.Count == 1 ? points : [])
            svg.Append(
                Text(
                $"<circle class=\"mark\" cx=\"{X(x):0.##}\" cy=\"{Y(y):0.##}\" r=\"3\"><title>{Label(x)}: {y:0.#####}</title></circle>"));
        if (Highlight is { } best)
        {
            svg.Append(Text($"<circle class=\"best\" cx=\"{X(best.X):0.##}\" cy=\"{Y(best.Y):0.##}\" r=\"6\"/>"));
            var isRight = X(best.X) > Width * 0.8;
            svg.Append(
                Text(
                $"<text class=\"bestlabel\" x=\"{X(best.X) + (isRight ? -10 : 10):0.##}\" y=\"{Math.Max(Y(best.Y) - 8, 11):0.##}\" text-anchor=\"{(isRight ? "end" : "start")}\">best {best.Y:0.####}</text>"));
        }
        return svg.Append("</svg>").ToString();
    }

    private double Scale(double y) => IsLogarithmic ? Math.Log10(y) : y;

    // Means over neighbours, where there are more points than can be seen.
    private static List<(double X, double Y)> Thin(List<(double X, double Y)> points)
    {
        if (points.Count <= MaxPoints)
            return points;
        return Enumerable.Range(0, MaxPoints).Select(i =>
        {
            var part =
                points[(int)((long)i * points.Count / MaxPoints)..(int)((long)(i + 1) * points.Count / MaxPoints)];
            return (part.Average(p => p.X), part.Average(p => p.Y));
        }).ToList();
    }

    private static List<double> Ticks(double min, double max, int count)
    {
        if (min == max)
        {
            var margin = Math.Abs(min) * 0.1;
            (min, max) = min == 0 ? (0, 1) : (min - margin, max + margin);
        }
        var rough = (max - min) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        var ticks = new List<double>();
        for (var i = Math.Floor(min / step); i <= Math.Ceiling(max / step); i++)
            ticks.Add(i * step);
        return ticks;
    }

    // Powers of ten, with 2 and 5 between where there are few.
    private static List<double> LogTicks(double min, double max)
    {
        double[] parts = max - min < 2 ? [1, 2, 5] : [1];
        var ticks = new List<double>();
        for (var power = (int)Math.Floor(min) - 1; power <= (int)Math.Ceiling(max); power++)
            ticks.AddRange(parts.Select(part => part * Math.Pow(10, power)));
        var first = ticks.FindLastIndex(t => Math.Log10(t) <= min + 1e-9);
        var last = ticks.FindIndex(t => Math.Log10(t) >= max - 1e-9);
        return ticks[Math.Max(first, 0)..((last < 0 ? ticks.Count - 1 : last) + 1)];
    }

    private static string Label(double value)
    {
        var size = Math.Abs(value);
        if (size == 0)
            return "0";
        return size switch
        {
            >= 1e6 => Text($"{value / 1e6:0.##}M"),
            >= 1e4 => Text($"{value / 1e3:0.#}k"),
            < 1e-3 => value.ToString("0.##e-0", CultureInfo.InvariantCulture),
            _ => Text($"{value:0.####}"),
        };
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
