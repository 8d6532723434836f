using System.Globalization;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

public sealed class EvaluateThresholdsTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public void EvaluateTags_TuneThresholds_WritesWhatTagTakes()
    {
        var (scores, thresholds) = (tiny.In("scores.safetensors"), tiny.In("thresholds.txt"));
        string[] asked = ["evaluate", "tags", "--data", tiny.Root, "--min-positives", "2", "--scores", scores,
            "--tune-thresholds", thresholds, "--json"];
        var (code, output, error) = tiny.Run(asked);
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var first = JsonDocument.Parse(output);
        var tuned = first.RootElement.GetProperty("tuned");
        Assert.InRange(tuned.GetProperty("of1").GetDouble(), 0.5, 1);
        var values = File.ReadAllLines(thresholds).Select(l => float.Parse(l, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(5, values.Length);

        // The second time the scores are read.
        var written = File.GetLastWriteTimeUtc(scores);
        (code, output, _) = tiny.Run(asked);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(written, File.GetLastWriteTimeUtc(scores));
        using var second = JsonDocument.Parse(output);
        Assert.Equal(first.RootElement.GetProperty("report").GetRawText(),
            second.RootElement.GetProperty("report").GetRawText());

        File.WriteAllText(thresholds, "0\n1\n1\n1\n1\n");
        (code, output, error) = tiny.Run("tag", tiny.In("images/p0.png"), "--thresholds", thresholds);
        Assert.Equal(("", ExitCode.Done), (error, code));
        Assert.Matches("^[^:]*: dog [0-9.]+\n$", output);
    }

    [Fact]
    public void EvaluateTags_TuneIntoTags_WritesTheModelsTagsWithThresholds()
    {
        var tags = tiny.In("tuned.jsonl");
        var (code, _, error) = tiny.Run("evaluate", "tags", "--data", tiny.Root, "--min-positives", "2",
            "--tune-thresholds", tags, "--target-precision", "0.9");

        Assert.Equal(("", ExitCode.Done), (error, code));
        var vocabulary = Gloss.Text.TagVocabulary.Load(tags);
        Assert.Equal(["dog", "cat", "beach", "red", "run"], vocabulary.Select(t => t.Name));
        Assert.All(vocabulary, tag => Assert.NotNull(tag.Threshold));
    }

    [Fact]
    public void EvaluateTags_ScoresOfOtherPictures_AreNotMistaken()
    {
        var scores = tiny.In("other.safetensors");
        tiny.Run("evaluate", "tags", "--data", tiny.Root, "--min-positives", "1", "--scores", scores);
        var (code, _, error) = tiny.Run("evaluate", "tags", "--data", tiny.Root, "--min-positives", "1", "--scores",
            scores, "--limit", "2");

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("other.safetensors has scores of another model, other pictures or other tags", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateBenchmark_OfficialLayout_WritesTheOfficialFiles()
    {
        var folder = Directory.CreateDirectory(tiny.In("bench")).FullName;
        File.WriteAllText(Path.Combine(folder, "bench_ram_taglist.txt"), "cat\ndog\n");
        File.WriteAllText(Path.Combine(folder, "bench_ram_annots.txt"), "p0.png,dog\np1.png,cat,dog\nabsent\n");
        string[] asked = ["evaluate", "benchmark", folder, "--images", tiny.In("images"), "--scores",
            tiny.In("bench.safetensors"), "-o", tiny.In("out")];
        var (code, output, error) = tiny.Run([.. asked, "--threshold", "0"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("counts as a black picture", error, StringComparison.Ordinal);
        Assert.StartsWith("bench: 3 pictures, 2 tags\nmAP ", output, StringComparison.Ordinal);
        Assert.Contains("CP 50.00   CR 100.00", output, StringComparison.Ordinal);
        Assert.Equal("p0.png,cat,dog\np1.png,cat,dog\nabsent,cat,dog\n", File.ReadAllText(tiny.In("out/pred.txt")));
        Assert.Contains("model_type: tag2text\n", File.ReadAllText(tiny.In("out/summary.txt")),
            StringComparison.Ordinal);

        // Kept scores: no picture is opened again.
        (code, output, error) = tiny.Run([.. asked, "--threshold", "1", "--json"]);
        Assert.Equal(("", ExitCode.Done), (error, code));
        using var json = JsonDocument.Parse(output);
        Assert.Equal(0, json.RootElement.GetProperty("cr").GetDouble());
        Assert.Equal("p0.png\np1.png\nabsent\n", File.ReadAllText(tiny.In("out/pred.txt")));
    }

    [Fact]
    public void EvaluateBenchmark_TagsThatTheModelDoesNotKnow_AreNamedOrLeftOut()
    {
        var folder = Directory.CreateDirectory(tiny.In("hico")).FullName;
        File.WriteAllText(Path.Combine(folder, "hico_2_taglist.txt"), "person board airplane\nbeach\n");
        File.WriteAllText(Path.Combine(folder, "hico_2_annots.txt"), "p0.png,0 1\np1.png,1\np2.png\n");
        string[] asked = ["evaluate", "benchmark", folder, "--images", tiny.In("images")];

        var (code, _, error) = tiny.Run(asked);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("does not know 1 of the 2 tags of hico: person board airplane · hint: --known-only", error,
            StringComparison.Ordinal);

        (code, var output, error) = tiny.Run([.. asked, "--known-only"]);
        Assert.Equal(("", ExitCode.Done), (error, code));
        Assert.StartsWith("hico: 3 pictures, 1 tags\n", output, StringComparison.Ordinal);

        (code, _, error) = tiny.Run([.. asked, "--open-set"]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("--open-set is for RAM and RAM++", error, StringComparison.Ordinal);
    }
}
