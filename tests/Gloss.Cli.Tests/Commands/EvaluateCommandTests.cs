using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

public sealed class EvaluateCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public void EvaluateTags_ValSplit_MeasuresTagsOfItsCaptions()
    {
        var (code, output, error) = tiny.Run("evaluate", "tags", "--data", tiny.Root, "--split", "val",
            "--min-positives", "2", "--json");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        var report = json.RootElement.GetProperty("report");
        Assert.Equal(4, report.GetProperty("pictures").GetInt32());
        // dog, beach and run are in all four pictures, cat and red in two.
        Assert.Equal(5, report.GetProperty("counted_tags").GetInt32());
        Assert.InRange(report.GetProperty("mean_average_precision").GetDouble(), 0.5, 1);
        var perTag = report.GetProperty("per_tag").EnumerateArray().ToDictionary(
            t => t.GetProperty("name").GetString()!, t => t.GetProperty("positives").GetInt32());
        Assert.Equal((4, 2), (perTag["dog"], perTag["cat"]));
        Assert.InRange(report.GetProperty("best_overall").GetProperty("of1").GetDouble(), 0.5, 1);
    }

    [Fact]
    public void EvaluateCaption_Thresholds_GivesALineEach()
    {
        var captions = tiny.In("generated.jsonl");
        var (code, output, error) = tiny.Run("evaluate", "caption", "--data", tiny.Root, "--thresholds", "0,0.5,1",
            "--limit", "3", "-o", captions);

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("0.00     5.0", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("1.00     0.0", lines[4], StringComparison.Ordinal);
        Assert.Equal(9, File.ReadAllLines(captions).Length);
    }

    [Fact]
    public void EvaluateCaption_Results_MeasuresTheCaptionsOfTheFile()
    {
        File.WriteAllText(tiny.In("coco.json"), """
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
             "annotations": [{"image_id": 1, "caption": "A dog runs over green grass."}, {"image_id": 2, "caption": "Two cats."}]}
            """);
        File.WriteAllText(tiny.In("results.json"), """[{"image_id": 1, "caption": "a dog runs over green grass"}]""");
        var (code, output, error) = tiny.Run("evaluate", "caption", "--data", tiny.In("coco.json"), "--results",
            tiny.In("results.json"), "--json");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("1 of 2 pictures have no caption", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("bleu4").GetDouble(), 1e-6);

        (code, _, error) = tiny.Run("evaluate", "caption", "--data", tiny.In("coco.json"), "--results",
            tiny.In("results.json"), "--steer");
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("--results measures captions as they are", error, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateCaption_Steer_CountsWhoFollows()
    {
        var (code, output, error) = tiny.Run("evaluate", "caption", "--data", tiny.Root, "--steer", "--json");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        var pictures = json.RootElement.GetProperty("pictures").GetInt32();
        Assert.InRange(pictures, 1, 4);
        Assert.InRange(json.RootElement.GetProperty("asked").GetInt32(), 0, pictures);
    }

    [Fact]
    public void Evaluate_UnknownSplitOrFolder_SaysWhichThereAre()
    {
        var (code, _, error) = tiny.Run("evaluate", "tags", "--data", tiny.Root, "--split", "dev");
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("hint: the splits are test, val", error, StringComparison.Ordinal);

        (code, _, error) = tiny.Run("evaluate", "tags", "--data", tiny.In("images"));
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("captions.jsonl", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_WrongOption_PointsAtTheHelpOfTheInnerVerb()
    {
        var (code, _, error) = tiny.Run("evaluate", "caption", "--data", tiny.Root, "--thresholds", "0.3,high");

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("hint: gloss evaluate caption --help", error, StringComparison.Ordinal);
    }
}
