using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// Draws a run's <c>report.html</c>: one page without outside links, with learning curves, figures and config.
/// </summary>
public static class TrainingReport
{
    private static readonly HashSet<string> common = new(StringComparer.Ordinal)
    {
        "kind", "step", "epoch", "time", "seconds", "learningRate", "gradientNorm", "skippedSteps", "examplesPerSecond",
    };

    private const string Style = """
        :root { color-scheme: light; }
        body { margin: 0; background: #f6f7f9; color: #1d2733; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }
        h1 { font-size: 24px; margin: 0 0 2px; }
        h2 { font-size: 17px; margin: 32px 0 10px; }
        p.sub { margin: 0 0 20px; color: #5b6b7a; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; }
        .fact, figure { background: #fff; border: 1px solid #e1e5ea; border-radius: 8px; }
        .fact { padding: 10px 14px; }
        .fact b { display: block; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .fact span, figcaption { color: #5b6b7a; font-size: 13px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; }
        figure { margin: 0; padding: 12px 14px 8px; }
        figcaption { font-weight: 600; color: #1d2733; font-size: 14px; margin-bottom: 4px; }
        svg { width: 100%; height: auto; display: block; }
        polyline { fill: none; stroke: #2a6fc9; stroke-width: 2; stroke-linejoin: round; }
        .mark { fill: #2a6fc9; } .grid { stroke: #e8ebef; } .axis { stroke: #9aa7b4; }
        .tick { fill: #5b6b7a; font-size: 11px; font-variant-numeric: tabular-nums; }
        .best { fill: none; stroke: #1d2733; stroke-width: 1.5; } .bestlabel { fill: #1d2733; font-size: 11.5px; font-weight: 600; }
        .scroll { overflow-x: auto; background: #fff; border: 1px solid #e1e5ea; border-radius: 8px; }
        table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; width: 100%; }
        th, td { padding: 5px 14px; text-align: right; white-space: nowrap; } th { color: #5b6b7a; font-weight: 600; }
        tr + tr td { border-top: 1px solid #eef0f3; } tr.chosen td { font-weight: 600; background: #f2f6fc; }
        pre { margin: 0; padding: 12px 16px; font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; }
        """;

    /// <summary>
    /// Draws the report from <c>metrics.jsonl</c>, <c>config.json</c> and the last checkpoint; gives its path.
    /// </summary>
    /// <exception cref="TrainingException">The folder has no <c>metrics.jsonl</c>.</exception>
    public static string Write(string runFolder)
    {
        var metrics = Path.Combine(runFolder, "metrics.jsonl");
        if (!File.Exists(metrics))
            throw new TrainingException(
                $"{runFolder} holds no run · {metrics} is not there · hint: a folder that gloss train made");
        var lines = MetricsLog.Read(metrics).ToLookup(MetricsLog.Kind);
        var config = Path.Combine(runFolder, "config.json");
        var state = new CheckpointFolder(Path.Combine(runFolder, "checkpoint")).Find()?.State;
        var path = Path.Combine(runFolder, "report.html");
        AtomicFile.WriteText(path, Draw(Path.GetFileName(Path.GetFullPath(runFolder)), [.. lines["train"]],
            [.. lines["validation"]],
            state, File.Exists(config) ? File.ReadAllText(config) : null));
        return path;
    }

    private static string Draw(string name, List<JsonObject> training, List<JsonObject> validation,
        CheckpointState? state, string? config)
    {
        var html = new StringBuilder();
        var task = config is null ? null : (string?)JsonNode.Parse(config)?["task"];
        html.Append(
            $"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            + $"content=\"width=device-width\">\n");
        html.Append($"<title>{Encode(name)} · Gloss training</title>\n<style>\n{Style}\n</style>\n<main>\n");
        html.Append(
            $"<h1>{Encode(name)}</h1>\n<p class=\"sub\">Training{(task is null ? "" : $" of {Encode(task)}")}, report "
            + $"by Gloss</p>\n");

        html.Append("<div class=\"facts\">");
        var last = training.Count > 0 ? training[^1] : null;
        var chosen = validation.FirstOrDefault(line => (long?)line["step"] == state?.BestStep);
        var metric = chosen is null ? null : state!.BestMetric;
        if (last is not null)
        {
            Fact("steps", $"{(long)last["step"]!:N0}");
            Fact("epochs", $"{(double)last["epoch"]!:0.##}");
            Fact("loss, last mean", $"{Value(last, "loss"):0.####}");
        }
        if (metric is not null)
            Fact($"best {metric}, step {state!.BestStep:N0}", $"{state.BestValue:0.####}");
        if (state is not null)
        {
            Fact("time trained", Describe(TimeSpan.FromSeconds(state.Seconds)));
            Fact("steps left out", $"{state.SkippedSteps:N0}");
        }
        if (training.Count > 0)
            Fact("examples a second, median",
                $"{Median(training.Select(line => Value(line, "examplesPerSecond"))):0.#}");
        html.Append("</div>\n");

        if (validation.Count > 0)
        {
            html.Append("<h2>Validation</h2>\n<div class=\"charts\">");
            foreach (var key in Keys(validation))
            {
                var points = Points(validation, key);
                Chart(key, new LineChart
                {
                    Points = points, XTitle = "epoch", HasMarks = true,
                    Highlight = key == metric ? ((double)chosen!["epoch"]!, Value(chosen, key)) : null,
                });
            }
            html.Append("</div>\n");
        }
        html.Append("<h2>Training</h2>\n<div class=\"charts\">");
        foreach (var loss in Keys(training))
            Chart(loss == "loss" ? "loss" : $"loss: {loss}",
                new LineChart { Points = Points(training, loss), XTitle = "epoch" });
        Chart("learning rate", new LineChart { Points = Points(training, "learningRate"), XTitle = "epoch" });
        Chart("gradient norm, before clipping (logarithmic)", new LineChart
        {
            Points = Points(training, "gradientNorm"), XTitle = "epoch", IsLogarithmic = true,
        });
        Chart("examples a second", new LineChart { Points = Points(training, "examplesPerSecond"), XTitle = "epoch",
            IsFromZero = true });
        html.Append("</div>\n");

        if (validation.Count > 0)
        {
            var keys = Keys(validation);
            html.Append("<h2>Figures</h2>\n<div class=\"scroll\"><table><tr><th>step</th><th>epoch</th>");
            foreach (var key in keys)
                html.Append($"<th>{Encode(key)}</th>");
            html.Append("</tr>\n");
            foreach (var line in validation)
            {
                html.Append(
                    $"<tr{(metric is not null && ReferenceEquals(line, chosen) ? " class=\"chosen\"" : "")}><td>{(long)line["step"]!:N0}</td><td>{(double)line["epoch"]!:0.##}</td>");
                foreach (var key in keys)
                    html.Append($"<td>{(double.IsFinite(Value(line, key)) ? $"{Value(line, key):0.0000}" : "–")}</td>");
                html.Append("</tr>\n");
            }
            html.Append("</table></div>\n");
        }
        if (config is not null)
            html.Append($"<h2>Config</h2>\n<div class=\"scroll\"><pre>{Encode(config)}</pre></div>\n");
        return html.Append("</main>\n</html>\n").ToString();

        void Fact(string title, string value) =>
            html.Append($"<div class=\"fact\"><b>{Encode(value)}</b><span>{Encode(title)}</span></div>");

        void Chart(string title, LineChart chart)
        {
            if (chart.Draw(title) is { } drawn)
                html.Append($"<figure><figcaption>{Encode(title)}</figcaption>{drawn}</figure>\n");
        }
    }

    private static List<string> Keys(List<JsonObject> lines) =>
        lines.SelectMany(line => line.Select(p => p.Key)).Where(key => !common.Contains(key)).Distinct().ToList();

    private static IReadOnlyList<(double X, double Y)> Points(List<JsonObject> lines, string key) =>
        [.. lines.Select(line => ((double)line["epoch"]!, Value(line, key)))];

    private static double Value(JsonObject line, string key) => (double?)line[key] ?? double.NaN;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Where(double.IsFinite).Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }

    private static string Describe(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
            : $"{(int)time.TotalMinutes} min {time.Seconds} s";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
