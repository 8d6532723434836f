using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

public sealed class EvaluateRetrievalCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public void EvaluateRetrieval_AllWays_GivesRecallsOfEach()
    {
        var (code, output, error) = tiny.RunAligned("evaluate", "retrieval", "--data", tiny.Root, "--rerank", "2",
            "--tag-weights", "0,0.1",
            "--match-weights", "0,1", "--json");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        var report = json.RootElement.GetProperty("report");
        Assert.Equal((4, 8), (report.GetProperty("pictures").GetInt32(), report.GetProperty("captions").GetInt32()));
        var ways = report.GetProperty("ways").EnumerateArray()
            .Select(way => way.GetProperty("text_to_image").GetProperty("r1").GetDouble()).ToArray();
        // Embeddings, two weights of tags, two of matching; a weight of 0 changes nothing.
        Assert.Equal(5, ways.Length);
        Assert.Equal(ways[0], ways[1]);
        Assert.Equal(ways[0], ways[3]);
        Assert.All(report.GetProperty("ways").EnumerateArray(),
            way => Assert.Equal(1, way.GetProperty("image_to_text").GetProperty("r10").GetDouble()));
    }

    [Fact]
    public void EvaluateRetrieval_ModelWithoutTheBranch_SaysSo()
    {
        var (code, _, error) = tiny.Run("evaluate", "retrieval", "--data", tiny.Root);

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("no alignment branch", error, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateRetrieval_WeightBelowZero_IsRefused()
    {
        var (code, _, error) = tiny.RunAligned("evaluate", "retrieval", "--data", tiny.Root, "--tag-weights", "0.1,-1");

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("--tag-weights", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_ModelWithTheBranch_FindsByMeaning()
    {
        var catalogue = tiny.In("aligned.db");
        var (code, _, error) = tiny.RunAligned("index", tiny.In("images"), "--catalogue", catalogue);
        Assert.Equal((ExitCode.Done, ""), (code, error));

        var found = tiny.RunAligned("search", "on the", "--catalogue", catalogue, "--json");

        Assert.Equal(ExitCode.Done, found.Code);
        using var json = JsonDocument.Parse(found.Output);
        Assert.NotEmpty(json.RootElement.EnumerateArray());
    }
}
