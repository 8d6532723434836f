using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Tests;

namespace Gloss.Cli.Commands;

public sealed class EvaluateBoxesTests(TinyGroundingFolder tiny) : IClassFixture<TinyGroundingFolder>
{
    private const double Tolerance = 1e-9;

    private static readonly Dictionary<string, string> figures = new(StringComparer.Ordinal)
    {
        ["AP"] = "ap", ["AP50"] = "ap50", ["AP75"] = "ap75", ["AP_small"] = "ap_small", ["AP_medium"] = "ap_medium",
        ["AP_large"] = "ap_large", ["AR_max1"] = "ar_max1", ["AR_max10"] = "ar_max10", ["AR_max100"] = "ar_max100",
        ["AR_small"] = "ar_small", ["AR_medium"] = "ar_medium", ["AR_large"] = "ar_large",
    };

    [Theory]
    [InlineData("plain")]
    [InlineData("ties")]
    [InlineData("many")]
    [InlineData("crowd")]
    public void EvaluateBoxes_ResultsOfAnotherProgram_GiveOfficialFigures(string scenario)
    {
        using var expected = Metrics("detection_expected.json");
        var own = expected.RootElement.GetProperty(scenario);
        using var detections = Metrics(own.GetProperty("detections_file").GetString()!);
        File.WriteAllText(tiny.In("results.json"),
            JsonSerializer.Serialize(detections.RootElement.EnumerateArray().Select(x => new
        {
            image_id = x[0].GetInt64(), category_id = x[1].GetInt32(), score = x[6].GetDouble(),
            bbox = new[] { x[2].GetDouble(), x[3].GetDouble(), x[4].GetDouble(), x[5].GetDouble() },
        })));
        var truth = ReferenceData.Require($"reference/metrics/{own.GetProperty("ground_truth").GetString()}");

        var (code, output, error) = tiny.Run("evaluate", "boxes", "--data", truth, "--results",
            tiny.In("results.json"), "--json");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        var report = json.RootElement.GetProperty("report");
        foreach (var (official, name) in figures)
            Assert.Equal(own.GetProperty("summary").GetProperty(official).GetDouble(),
                report.GetProperty(name).GetDouble(), Tolerance);
    }

    [Fact]
    public void EvaluateBoxes_WrittenResults_HaveTheDatasNumbersAndMeasureTheSame()
    {
        File.WriteAllText(tiny.In("instances.json"), """
            {"images": [{"id": 90, "file_name": "p0.png", "width": 90, "height": 70}, {"id": 12, "file_name": "p1.png", "width": 91, "height": 70}],
             "categories": [{"id": 30, "name": "dog"}, {"id": 5, "name": "car"}],
             "annotations": [{"image_id": 90, "category_id": 30, "bbox": [10, 10, 60, 50], "area": 900}, {"image_id": 12, "category_id": 5, "bbox": [0, 0, 80, 60]},
               {"image_id": 12, "category_id": 30, "bbox": [0, 0, 90, 70], "iscrowd": 1}]}
            """);
        var found = tiny.Run("evaluate", "boxes", "--data", tiny.In("instances.json"), "--json", "--write-results",
            tiny.In("found.json"));
        Assert.Equal((ExitCode.Done, ""), (found.Code, found.Error));
        using var results = JsonDocument.Parse(File.ReadAllText(tiny.In("found.json")));
        Assert.Equal([12, 90], results.RootElement.EnumerateArray().Select(r => r.GetProperty("image_id").GetInt32())
            .Distinct().Order());
        Assert.Equal([5, 30], results.RootElement.EnumerateArray().Select(r => r.GetProperty("category_id").GetInt32())
            .Distinct().Order());

        var again = tiny.Run("evaluate", "boxes", "--data", tiny.In("instances.json"), "--json", "--results",
            tiny.In("found.json"));
        Assert.Equal(ExitCode.Done, again.Code);
        using var first = JsonDocument.Parse(found.Output);
        using var second = JsonDocument.Parse(again.Output);
        foreach (var name in figures.Values)
        {
            var figure = first.RootElement.GetProperty("report").GetProperty(name).GetDouble();
            Assert.Equal(figure, second.RootElement.GetProperty("report").GetProperty(name).GetDouble(), Tolerance);
        }
    }

    [Theory]
    [InlineData("[{\"image_id\": 7}]", "result 1")]
    [InlineData("[{\"image_id\": 4711, \"category_id\": 1, \"bbox\": [0, 0, 1, 1], \"score\": 1}]",
        "image_id 4711 is of no picture")]
    [InlineData("{}", "expected COCO results")]
    public void EvaluateBoxes_ResultsOfAnotherForm_SaysWhere(string results, string expected)
    {
        File.WriteAllText(tiny.In("seven.json"),
            """{"images": [{"id": 7, "file_name": "p0.png", "width": 90, "height": 70}], "categories": [], "annotations": []}""");
        File.WriteAllText(tiny.In("wrong.json"), results);
        var (code, _, error) = tiny.Run("evaluate", "boxes", "--data", tiny.In("seven.json"), "--results",
            tiny.In("wrong.json"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateBoxes_ResultsForDataWithoutNumbers_Refused()
    {
        var (code, _, error) = tiny.Run("evaluate", "boxes", "--data", tiny.In("labels.jsonl"), "--write-results",
            tiny.In("x.json"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("expected a COCO file", error, StringComparison.Ordinal);
    }

    private static JsonDocument Metrics(string file) =>
        JsonDocument.Parse(File.ReadAllText(ReferenceData.Require($"reference/metrics/{file}")));
}
