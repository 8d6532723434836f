using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary>
/// The official evaluation of tags that the model has never seen: the built program, as its users run it.
/// </summary>
public sealed class EvaluateOpenSetTests(TinyOpenSetFolder tiny) : IClassFixture<TinyOpenSetFolder>
{
    [Fact]
    public void EvaluateBenchmark_OpenSetOfRam_ScoresAreThoseOfTagByName()
    {
        var benchmark = Benchmark("rare");
        string[] asked = ["evaluate", "benchmark", benchmark, "-m", "ram", "--open-set", "--clip", "clip"];
        CheckScores(asked, "rare.safetensors", "tag", "-m", "ram", "--tags", "sail boat,kite", "--clip", "clip");

        // At 0 every tag counts as found, at 1 none.
        var (code, output, error) = tiny.Run([.. asked, "--threshold", "0", "-o", tiny.In("out"), "--json"]);
        Assert.Equal(("", ExitCode.Done), (error, code));
        using var report = JsonDocument.Parse(output);
        Assert.Equal((3, 2), (report.RootElement.GetProperty("pictures").GetInt32(),
            report.RootElement.GetProperty("tags").GetInt32()));
        Assert.Equal(1, report.RootElement.GetProperty("cr").GetDouble(), 1e-6);
        Assert.InRange(report.RootElement.GetProperty("mean_average_precision").GetDouble(), 0.3, 1);
        Assert.Equal("p0.png,sail boat,kite\np1.png,sail boat,kite\np2.png,sail boat,kite\n",
            File.ReadAllText(tiny.In("out/pred.txt")));
        Assert.Contains("open_set: True\n", File.ReadAllText(tiny.In("out/summary.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateBenchmark_OpenSetOfRamPlus_TakesTheFoldersDescriptions()
    {
        var benchmark = Benchmark("described");
        string[] asked = ["evaluate", "benchmark", benchmark, "-m", "ram_plus", "--open-set", "--clip", "clip"];
        var (code, _, error) = tiny.Run(asked);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("has no …_llm_tag_descriptions.json · hint: --descriptions FILE", error,
            StringComparison.Ordinal);

        var descriptions = Path.Combine(benchmark, "described_llm_tag_descriptions.json");
        File.WriteAllText(descriptions, """[{"sail boat": ["a photo of a sail boat.", "It floats."]}]""");
        (code, _, error) = tiny.Run(asked);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("describes 1 tags, the benchmark has 2", error, StringComparison.Ordinal);

        File.WriteAllText(descriptions,
            """[{"sail boat": ["a photo of a sail boat.", "It floats."]}, {"kite": ["a photo of a kite.", "It flies on a line."]}]""");
        CheckScores(asked, "described.safetensors", "tag", "-m", "ram_plus", "--descriptions", descriptions,
            "--clip", "clip");

        // The same file, but it says something else of the tags: what was kept is no answer.
        File.WriteAllText(descriptions,
            """[{"sail boat": ["a photo of a sail boat."]}, {"kite": ["a photo of a kite."]}]""");
        (code, _, error) = tiny.Run([.. asked, "--scores", tiny.In("described.safetensors"), "--precision", "fp32"]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("has scores of another model, other pictures or other tags", error, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateBenchmark_OpenSetWithoutClip_SaysWhichIsMissing()
    {
        var (code, output, error) = tiny.Run("evaluate", "benchmark", Benchmark("lost"), "-m", "ram", "--open-set",
            "--clip", "absent");
        Assert.Equal((ExitCode.Error, ""), (code, output));
        Assert.Contains("absent", error, StringComparison.Ordinal);
    }

    private string Benchmark(string name)
    {
        var folder = Directory.CreateDirectory(tiny.In(name)).FullName;
        File.WriteAllText(Path.Combine(folder, $"{name}_ram_taglist.txt"), "sail boat\nkite\n");
        File.WriteAllText(Path.Combine(folder, $"{name}_ram_annots.txt"),
            "p0.png,kite\np1.png,sail boat,kite\np2.png,sail boat\n");
        Directory.CreateSymbolicLink(Path.Combine(folder, "imgs"), tiny.In("images"));
        return folder;
    }

    // The scores that an evaluation keeps are those that the verb prints of the same pictures.
    private void CheckScores(string[] asked, string file, params string[] verb)
    {
        var (code, output, error) = tiny.Run([.. asked, "--scores", tiny.In(file), "--precision", "fp32"]);
        Assert.Equal(("", ExitCode.Done), (error, code));
        Assert.Contains("3 pictures, 2 tags\nmAP ", output, StringComparison.Ordinal);
        (code, output, error) =
            tiny.Run([.. verb, .. Enumerable.Range(0, 3).Select(i => tiny.In($"images/p{i}.png")), "--threshold", "0",
            "--precision", "fp32", "--json"]);
        Assert.Equal(("", ExitCode.Done), (error, code));

        using var kept = SafetensorsFile.Open(tiny.In(file));
        Assert.Equal([3, 2], kept.Entries["scores"].Shape);
        using var tagged = JsonDocument.Parse(output);
        Assert.Equal(kept.ReadFloats("scores"), tagged.RootElement.EnumerateArray().SelectMany(picture =>
        {
            var scores = picture.GetProperty("tags").EnumerateArray()
                .ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("score").GetSingle());
            return new[] { scores["sail boat"], scores["kite"] };
        }), (a, b) => Math.Abs(a - b) < 1e-3);
    }
}
