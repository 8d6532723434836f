using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using System.Text.RegularExpressions;
using Gloss.Tests;

namespace Gloss.Cli.CommandLine;

/// <summary>The help of every verb, in a file: no option comes, goes or changes unseen.</summary>
public sealed partial class HelpTests
{
    [Fact]
    public async Task Help_OfEveryVerb_IsThatOfTheFile()
    {
        var text = new StringBuilder();
        foreach (var words in Paths(GlossCommandLine.CreateRoot(Verbs.CreateAll()), []))
        {
            using var output = new StringWriter { NewLine = "\n" };
            var root = GlossCommandLine.CreateRoot(Verbs.CreateAll());
            // As wide as one likes on a terminal; here always the same.
            ((HelpAction)root.Options.OfType<HelpOption>().Single().Action!).MaxWidth = 110;
            Assert.Equal(ExitCode.Done, await root.Parse([.. words, "--help"])
                .InvokeAsync(new() { Output = output }, TestContext.Current.CancellationToken));
            text.Append($"$ gloss {string.Join(' ', words.Append("--help"))}\n{output.ToString().TrimEnd()}\n\n");
        }
        GoldenFile.Compare("tests/Gloss.Cli.Tests/CommandLine/help.txt",
            ThreadDefaults().Replace(text.ToString(), "$1N]"));
    }

    // As many threads as the machine has processors.
    [GeneratedRegex(@"(--threads <threads>[^\[]*\[default: )\d+\]")]
    private static partial Regex ThreadDefaults();

    private static IEnumerable<string[]> Paths(Command command, string[] words) =>
        command.Subcommands.SelectMany(verb => Paths(verb, [.. words, verb.Name])).Prepend(words);
}
