using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Images;

namespace Gloss.Cli.Commands;

public sealed class TagCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public void Tag_OnePicture_PrintsItsTagsByProbability()
    {
        var (code, output, error) = tiny.Run("tag", tiny.In("images/p0.png"), "--top", "3");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^\S+p0\.png: [a-z]+ 0\.\d\d, [a-z]+ 0\.\d\d, [a-z]+ 0\.\d\d\n$", output);
    }

    [Fact]
    public void Tag_FolderAsJson_IsAnArrayInOrder()
    {
        var (code, output, error) = tiny.Run("tag", tiny.In("images"), "--json", "--top", "5", "--batch", "2");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(["p0.png", "p1.png", "p2.png", "p3.png", "p4.png"],
            json.RootElement.EnumerateArray().Select(item => Path.GetFileName(item.GetProperty("path").GetString()!)));
        foreach (var item in json.RootElement.EnumerateArray())
        {
            Assert.Equal(70, item.GetProperty("height").GetInt32());
            var scores = item.GetProperty("tags").EnumerateArray()
                .Select(tag => tag.GetProperty("score").GetDouble()).ToArray();
            Assert.Equal(5, scores.Length);
            Assert.Equal(scores.OrderDescending(), scores);
        }
    }

    [Fact]
    public void Tag_BatchSizes_GiveTheSame()
    {
        var one = tiny.Run("tag", tiny.In("images"), "--jsonl", "--top", "5", "--batch", "1").Output;
        var four = tiny.Run("tag", tiny.In("images"), "--jsonl", "--top", "5", "--batch", "4", "--threads", "1").Output;

        Assert.Equal(5, one.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(one, four);
    }

    [Fact]
    public void Tag_BrokenPicturesAmongGood_ReportsThemAndGoesOn()
    {
        var (code, output, error) = tiny.Run("tag", "--jsonl", "--top", "1",
            tiny.In("broken.jpg"), tiny.In("images/p1.png"), tiny.In("empty.png"), tiny.In("nowhere.jpg"),
            tiny.In("images/p2.png"));

        Assert.Equal(ExitCode.NothingFound, code);
        var errors = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, errors.Length);
        Assert.All(errors, line => Assert.StartsWith("gloss: ", line, StringComparison.Ordinal));
        Assert.Contains("broken.jpg", errors[0], StringComparison.Ordinal);
        Assert.Contains("empty.png", errors[1], StringComparison.Ordinal);
        Assert.Contains("nowhere.jpg", errors[2], StringComparison.Ordinal);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.Equal(3, lines.Count(line => line.Contains("\"error\":", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tag_ListOnStandardInput_IsTaggedInOrder()
    {
        var (code, output, _) = tiny.RunWith($"{tiny.In("images/p3.png")}\n\n{tiny.In("images/p1.png")}\n", "tag", "-",
            "--top", "1");

        Assert.Equal(ExitCode.Done, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("p3.png", lines[0], StringComparison.Ordinal);
        Assert.Contains("p1.png", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tag_SlowPipe_PrintsEachPictureBeforeTheNextIsNamed()
    {
        using var process = GlossProgram.Start(
            ["tag", "-", "--jsonl", "--top", "1", "--batch", "16", "--model", "tiny"], ("GLOSS_MODELS", tiny.Root));
        foreach (var name in new[] { "p3.png", "p1.png" })
        {
            await process.StandardInput.WriteLineAsync(tiny.In("images/" + name));
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.Contains(name, line, StringComparison.Ordinal);
        }
        process.StandardInput.Close();
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Done, process.ExitCode);
    }

    [Fact]
    public void Tag_ThresholdThatNothingPasses_ReturnsOne()
    {
        var (code, output, error) = tiny.Run("tag", tiny.In("images/p0.png"), "--threshold", "1");

        Assert.Equal(ExitCode.NothingFound, code);
        Assert.EndsWith("p0.png: no tags\n", output, StringComparison.Ordinal);
        Assert.Equal("", error);
    }

    [Theory]
    [InlineData("--threshold · expected 0 to 1, got 2", "--threshold", "2")]
    [InlineData("--top · expected 1", "--top", "0")]
    [InlineData("--json and --jsonl", "--json", "--jsonl")]
    [InlineData("belong together", "--where", "dog")]
    [InlineData("--batch · expected 1 to 1024, got 0", "--batch", "0")]
    [InlineData("fp16", "--precision", "fp16")]
    public void Tag_WrongOptions_AreRefused(string expected, params string[] options)
    {
        var (code, output, error) = tiny.Run(["tag", tiny.In("images/p0.png"), .. options]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Equal("", output);
        Assert.Contains("hint: gloss tag --help", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tag_UnknownModel_SaysWhichThereAre()
    {
        var (code, output, error) = GlossProgram.Run(["tag", tiny.In("images/p0.png"), "--model", "huge"], null,
            ("GLOSS_MODELS", tiny.Root));

        Assert.Equal(ExitCode.Error, code);
        Assert.Equal("", output);
        Assert.Contains("no model 'huge'", error, StringComparison.Ordinal);
        Assert.Contains("hint: the models there are aligned, tiny", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tag_Where_DrawsAPictureOfTheSameSize()
    {
        var map = tiny.In("where.png");
        var (code, output, error) = tiny.Run("tag", "--where", "Puppy", tiny.In("images/p2.png"), "-o", map,
            "--threshold", "0");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"p2\.png: dog 0\.\d\d · \S+where\.png\n$", output);
        var drawn = new ImageDecoder().Decode(map);
        Assert.Equal((92, 70), (drawn.Width, drawn.Height));
    }

    [Fact]
    public void Tag_WhereUnknownTag_HintsAtLikeOnes()
    {
        var (code, _, error) = tiny.Run("tag", "--where", "wildcat", tiny.In("images/p2.png"), "-o", tiny.In("no.png"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("no tag 'wildcat' · hint: it has cat", error, StringComparison.Ordinal);
        Assert.False(File.Exists(tiny.In("no.png")));
    }
}
