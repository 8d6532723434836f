using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

public sealed class CaptionCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Fact]
    public void Caption_OnePicture_PrintsASentence()
    {
        var (code, output, error) = tiny.Run("caption", tiny.In("images/p0.png"));

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^\S+p0\.png: \S.*\n$", output);
    }

    [Fact]
    public void Caption_JsonWithTagsGiven_HasTheCaption()
    {
        var (code, output, error) = tiny.Run("caption", tiny.In("images"), "--tags", "dog, frisbee", "--beams", "1",
            "--max-length", "8",
            "--min-length", "0", "--json");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(5, json.RootElement.GetArrayLength());
        Assert.All(json.RootElement.EnumerateArray(), item => Assert.NotNull(item.GetProperty("caption").GetString()));
    }

    [Fact]
    public void Caption_SampledWithSeeds_DependsOnTheSeedAlone()
    {
        string Sample(string seed, string batch) =>
            tiny.Run("caption", tiny.In("images"), "--sample", "--seed", seed, "--batch", batch).Output;

        Assert.Equal(Sample("3", "1"), Sample("3", "4"));
        Assert.NotEqual(Sample("3", "4"), Sample("4", "4"));
    }

    [Theory]
    [InlineData("--seed needs --sample", "--seed", "1")]
    [InlineData("exclude each other", "--tags", "dog", "--guide-threshold", "0.5")]
    [InlineData("--beams · expected 1 to 64, got 0", "--beams", "0")]
    public void Caption_WrongOptions_AreRefused(string expected, params string[] options)
    {
        var (code, output, error) = tiny.Run(["caption", tiny.In("images/p0.png"), .. options]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Equal("", output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Caption_LongerThanTheModelCan_SaysHowLong()
    {
        var (code, _, error) = tiny.Run("caption", tiny.In("images/p0.png"), "--max-length", "100");

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("up to 100 tokens · the model has 40 positions", error, StringComparison.Ordinal);
    }
}
