using System.CommandLine;
using System.CommandLine.Parsing;
using Gloss.Data;
using Gloss.Text.Mining;

namespace Gloss.Cli.Recognition;

/// <summary>The captions that a verb takes.</summary>
internal sealed class CaptionArguments
{
    /// <summary>What may be given, for help.</summary>
    public const string Forms =
        "Captions: .txt (one a line), .csv, .tsv, .jsonl, .json (the lists of Tag2Text and RAM, or COCO's "
        + "captions), each also as .gz; WebDataset shards (.tar); or a folder of these, or of pictures with a .txt "
        + "beside each.";

    private readonly Argument<string[]> paths;
    private readonly Option<string?> split = new("--split")
    {
        Description = "Only captions of this split, such as train, where a file tells splits apart.",
    };

    /// <summary>Adds the argument and the option to a verb.</summary>
    public CaptionArguments(Command command, bool isRequired = true)
    {
        paths = new("captions")
        {
            Description = Forms,
            Arity = isRequired ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore,
        };
        command.Arguments.Add(paths);
        command.Options.Add(split);
    }

    /// <summary>The arguments as they were given.</summary>
    public string[] Given(ParseResult parsed) => parsed.GetValue(paths) ?? [];

    /// <summary>Whether any were given, while arguments are checked.</summary>
    public bool IsGiven(CommandResult result) => result.GetValue(paths) is { Length: > 0 };

    /// <summary>The split that was asked for; null: all.</summary>
    public string? Split(ParseResult parsed) => parsed.GetValue(split);

    /// <summary>The entries of a file or folder, of the split that was asked for.</summary>
    public IEnumerable<CaptionEntry> Entries(ParseResult parsed, string path, MiningReport report,
        CancellationToken cancellationToken)
    {
        var wanted = Split(parsed);
        foreach (var entry in CaptionReader.Read(path, report))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (wanted is null || entry.Split is null || entry.Split == wanted)
                yield return entry;
        }
    }

    /// <summary>All captions; what could not be read is told behind the last.</summary>
    public IEnumerable<string> Read(ParseResult parsed, CancellationToken cancellationToken)
    {
        var report = new MiningReport();
        foreach (var caption in Given(parsed).SelectMany(path => Entries(parsed, path, report, cancellationToken))
            .SelectMany(e => e.Captions))
            yield return caption;
        SayFaults(report, parsed.InvocationConfiguration.Error);
    }

    /// <summary>Says what could not be read.</summary>
    public static void SayFaults(MiningReport report, TextWriter error)
    {
        if (report.Faults.Length > 0)
            error.WriteLine($"faults: {report.Faults}");
        foreach (var place in report.Places)
            error.WriteLine($"  {place}");
        if (report.Unreadable > report.Places.Count)
            error.WriteLine($"  and {report.Unreadable - report.Places.Count} more");
    }
}
