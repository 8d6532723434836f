using System.CommandLine;
using Gloss.Cli.CommandLine;

namespace Gloss.Cli.Tests.CommandLine;

public sealed class GlossCommandLineTests
{
    [Fact]
    public async Task RunAsync_Version_PrintsNameAndVersion()
    {
        var (code, output, error) = await RunVerbAsync(["--version"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^gloss \d+\.\d+\.\d+\n$", output);
        Assert.Empty(error);
    }

    [Fact]
    public async Task RunAsync_NoArguments_PrintsHelp()
    {
        var (code, output, _) = await RunVerbAsync([]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("gloss [command] [options]", output, StringComparison.Ordinal);
        Assert.Contains("work", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_UnknownVerb_NamesItAndListsTheVerbs()
    {
        var (code, output, error) = await RunVerbAsync(["wrok"]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Empty(output);
        Assert.Contains("wrok", error, StringComparison.Ordinal);
        Assert.Contains("hint: the verbs are work", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tag", "--threshold", "a number")]
    [InlineData("tag", "--top", "a whole number")]
    [InlineData("tag", "--batch", "a whole number")]
    [InlineData("tag", "--threads", "a whole number")]
    [InlineData("tag", "--max-pixels", "a whole number")]
    [InlineData("caption", "--beams", "a whole number")]
    [InlineData("caption", "--guide-threshold", "a number")]
    [InlineData("caption", "--seed", "a whole number")]
    [InlineData("search", "--limit", "a whole number")]
    public async Task RunAsync_ValueThatIsNoNumber_IsOneLine(string verb, string option, string expected)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await GlossCommandLine.RunAsync([verb, "x.jpg", option, "abc"], output, error,
            TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Error, code);
        Assert.Empty(output.ToString());
        Assert.StartsWith($"gloss: {option} · expected {expected}, got abc\n", error.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_EveryOptionOfEveryVerb_NoValueCrashes()
    {
        foreach (var verb in GlossCommandLine.CreateRoot(Verbs.CreateAll()).Subcommands)
        {
            foreach (var option in verb.Options.Where(option => option.ValueType != typeof(bool)
                && option.ValueType != typeof(string) && !option.ValueType.IsArray))
            {
                using var output = new StringWriter();
                using var error = new StringWriter();
                var code = await GlossCommandLine.RunAsync([verb.Name, option.Name, "?"], output, error,
                    TestContext.Current.CancellationToken);
                Assert.True(code == ExitCode.Error, $"{verb.Name} {option.Name} gave {code}: {error}");
            }
        }
    }

    [Fact]
    public async Task RunAsync_UnknownOption_PointsAtTheHelpOfTheVerb()
    {
        var (code, output, error) = await RunVerbAsync(["work", "--no-such"]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Empty(output);
        Assert.Contains("--no-such", error, StringComparison.Ordinal);
        Assert.Contains("hint: gloss work --help", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Error, "--top", "3", "a.jpg")]
    [InlineData(ExitCode.Done, "a.jpg", "-", "-b.jpg")]
    [InlineData(ExitCode.Done, "--", "--top.jpg")]
    public async Task RunAsync_UnknownOptionWhereAnyNumberOfWordsIsTaken_IsNoWord(int code, params string[] args)
    {
        var verb = new Command("work") { new Argument<string[]>("paths") };
        verb.SetAction(_ => ExitCode.Done);
        var error = new StringWriter();

        Assert.Equal(code, await GlossCommandLine.RunAsync([verb], ["work", .. args], new StringWriter(), error,
            TestContext.Current.CancellationToken));

        Assert.Equal(code == ExitCode.Error, error.ToString()
            .Contains("no such option · --top", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_VerbReturnsCode_PassesItOn()
    {
        var (code, output, error) = await RunVerbAsync(["work"], (_, _) => Task.FromResult(ExitCode.NothingFound));

        Assert.Equal(ExitCode.NothingFound, code);
        Assert.Empty(output);
        Assert.Empty(error);
    }

    [Fact]
    public async Task RunAsync_VerbThrows_PrintsOneLineWithoutStackTrace()
    {
        var (code, output, error) = await RunVerbAsync(["work"], (_, _) => throw new InvalidDataException("it broke"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Empty(output);
        Assert.Equal("gloss: it broke\n", error);
    }

    [Fact]
    public async Task RunAsync_VerbThrowsWrapped_PrintsTheCause()
    {
        var cause = new ArgumentException("too large", "size");
        var (_, _, error) = await RunVerbAsync(["work"], (_, _) => throw new AggregateException(cause));

        Assert.Equal("gloss: too large\n", error);
    }

    [Theory]
    [InlineData("work", "--verbose")]
    [InlineData("--verbose", "work")]
    public async Task RunAsync_VerbThrowsVerbose_ShowsTheStackTrace(params string[] args)
    {
        var (code, _, error) = await RunVerbAsync(args, (_, _) => throw new InvalidDataException("it broke"));

        Assert.Equal(ExitCode.Error, code);
        Assert.StartsWith("gloss: it broke\n", error, StringComparison.Ordinal);
        Assert.Contains(nameof(GlossCommandLineTests), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Cancelled_Returns130()
    {
        using var stop = new CancellationTokenSource();
        var (code, output, error) = await RunVerbAsync(
            ["work"],
            async (_, cancellationToken) =>
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                return ExitCode.Done;
            },
            stop.Token);

        Assert.Equal(ExitCode.Cancelled, code);
        Assert.Empty(output);
        Assert.Equal("gloss: cancelled\n", error);
    }

    [Fact]
    public async Task RunAsync_PathThatLooksLikeASwitch_IsAPath()
    {
        var paths = new Argument<string[]>("paths");
        string[] seen = [];
        var verb = new Command("work", "Does it.") { paths };
        verb.SetAction(parsed => seen = parsed.GetRequiredValue(paths));

        var code = await GlossCommandLine.RunAsync(
            [verb],
            ["work", "@a.jpg", "[b].jpg", "--", "--c.jpg"],
            TextWriter.Null,
            TextWriter.Null,
            TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(["@a.jpg", "[b].jpg", "--c.jpg"], seen);
    }

    [Fact]
    public void CreateAll_Verbs_AreDescribedAndDiffer()
    {
        var verbs = Verbs.CreateAll();

        Assert.All(verbs, verb => Assert.False(string.IsNullOrWhiteSpace(verb.Description), verb.Name));
        Assert.Distinct(verbs.Select(verb => verb.Name));
    }

    private static async Task<(int Code, string Output, string Error)> RunVerbAsync(
        string[] args,
        Func<ParseResult, CancellationToken, Task<int>>? action = null,
        CancellationToken? cancellationToken = null)
    {
        var verb = new Command("work", "Does it.");
        verb.SetAction(action ?? ((_, _) => Task.FromResult(ExitCode.Done)));
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await GlossCommandLine.RunAsync(
            [verb], args, output, error, cancellationToken ?? TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
