using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Gloss.Training;

namespace Gloss.Tests.Training;

public sealed class TrainingReportTests
{
    [Fact]
    public void Write_Run_HasEveryCurveAndNoOutsideLink()
    {
        using var folder = new TemporaryFolder();
        using (var task = new LineTask())
            new Trainer(task, TrainingProcess.Options, folder.Path).Run(TestContext.Current.CancellationToken);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), "{ \"task\": \"<line>\" }");

        var html = File.ReadAllText(TrainingReport.Write(folder.Path));

        Assert.DoesNotMatch("(href|src|url|import|http)", html.Replace("http-equiv", "", StringComparison.Ordinal));
        Assert.Contains("&lt;line&gt;", html, StringComparison.Ordinal);
        foreach (var title in new[] { "accuracy", "loss", "loss: error", "learning rate", "examples a second" })
            Assert.Contains($"<figcaption>{title}</figcaption>", html, StringComparison.Ordinal);
        Assert.Contains("best accuracy, step ", html, StringComparison.Ordinal);
        Assert.Contains("class=\"best\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        foreach (Match svg in Regex.Matches(html, "<svg.*?</svg>"))
            XElement.Parse(svg.Value);
    }

    [Fact]
    public void Write_FolderWithoutRun_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TrainingException>(() => TrainingReport.Write(folder.Path));
        Assert.Contains("holds no run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_Points_StandInsideAndInOrder()
    {
        var points = Enumerable.Range(0, 5000).Select(i => ((double)i, Math.Pow(10, -i / 1000.0))).ToList();
        foreach (var isLogarithmic in new[] { false, true })
        {
            var chart = new LineChart { Points = points, XTitle = "x", IsLogarithmic = isLogarithmic };
            var drawn = chart.Draw("title")!;
            var svg = XElement.Parse(drawn[drawn.IndexOf("<svg", StringComparison.Ordinal)..]);
            var first = svg.Elements("polyline").First().Attribute("points")!.Value.Split(' ')
                .Select(p => p.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())
                    .ToList();

            Assert.Equal(400, first.Count);
            Assert.All(first, p => Assert.True(p[0] is >= 56 and <= 506 && p[1] is >= 11.9 and <= 216.1,
                $"{p[0]}, {p[1]}"));
            Assert.Equal(first.Select(p => p[1]).Order(), first.Select(p => p[1]));
        }
    }

    [Fact]
    public void Draw_NothingFinite_GivesNothing() =>
        Assert.Null(new LineChart { Points = [(0, double.NaN), (1, -1)], XTitle = "x",
            IsLogarithmic = true }.Draw("t"));
}
