using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Gloss.Cli.Recognition;
using Gloss.Search;

namespace Gloss.Cli.Search;

/// <summary>The options that say which pictures of a catalogue come into question.</summary>
internal sealed class FilterArguments
{
    private static readonly string[] dateForms =
        ["yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm:ss"];

    private readonly Option<string[]> tag = new("--tag")
    {
        Description = "Only pictures with this tag; several, or commas between them: with all of them.",
    };
    private readonly Option<string[]> not = new("--not") { Description = "Only pictures without this tag." };
    private readonly Option<string[]> path = new("--path")
    {
        Description =
            "Only pictures in this folder and below it, or whose path matches a pattern ('*/2023/*') or has these "
            + "letters.",
    };

    private readonly Option<string?> since = new("--since")
    {
        Description = "Only pictures taken then or later: 2023, 2023-05, 2023-05-01.",
    };
    private readonly Option<string?> until = new("--until")
    {
        Description = "Only pictures taken then or earlier; the whole year, month or day counts.",
    };
    private readonly Option<float?> threshold = new("--threshold")
    {
        Description =
            "A tag counts where its probability is above this, 0 to 1, instead of the model's own thresholds.",
    };

    /// <summary>Adds the options to a verb.</summary>
    public FilterArguments(Command command)
    {
        foreach (var option in new Option[] { tag, not, path, since, until, threshold })
            command.Options.Add(option);
        threshold.Validators.Add(result => ModelOptions.CheckRange(result, threshold, 0, 1));
        since.Validators.Add(result => CheckDate(result, since));
        until.Validators.Add(result => CheckDate(result, until));
        foreach (var names in new[] { tag, not })
            names.Validators.Add(result => CheckNames(result, names));
        command.Validators.Add(CheckOrder);
    }

    /// <summary>The filter that was asked for.</summary>
    public SearchFilter Read(ParseResult parsed) => new()
    {
        Tags = Split(parsed.GetValue(tag)), NotTags = Split(parsed.GetValue(not)), Paths = parsed.GetValue(path) ?? [],
        Since = parsed.GetValue(since) is { } from ? Range(from)!.Value.Start : null,
        Before = parsed.GetValue(until) is { } to ? Range(to)!.Value.End : null,
        Threshold = parsed.GetValue(threshold),
    };

    /// <summary>Names with commas between them.</summary>
    public static string[] Split(IEnumerable<string>? lists) =>
        [.. (lists ?? [])
            .SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries
            | StringSplitOptions.TrimEntries))];

    // The year, month, day, minute or second that is written.
    private static (DateTime Start, DateTime End)? Range(string text)
    {
        for (var form = 0; form < dateForms.Length; form++)
        {
            if (!DateTime.TryParseExact(text, dateForms[form], CultureInfo.InvariantCulture, DateTimeStyles.None,
                out var start))
                continue;
            return (start, form switch
            {
                0 => start.AddYears(1),
                1 => start.AddMonths(1),
                2 => start.AddDays(1),
                3 => start.AddMinutes(1),
                _ => start.AddSeconds(1),
            });
        }
        return null;
    }

    private static void CheckNames(OptionResult result, Option<string[]> option)
    {
        if (result.GetValue(option) is { Length: > 0 } given && Split(given).Length == 0)
            result.AddError($"{option.Name} · expected a tag, got nothing");
    }

    private void CheckOrder(CommandResult result)
    {
        if (result.GetValue(since) is { } from && result.GetValue(until) is { } to && Range(from) is { } first
            && Range(to) is { } last
            && first.Start >= last.End)
            result.AddError($"--since {from} lies after --until {to}");
    }

    private static void CheckDate(OptionResult result, Option<string?> option)
    {
        if (result.GetValue(option) is { } text && Range(text) is null)
            result.AddError($"{option.Name} · expected a date such as 2023, 2023-05 or 2023-05-01, got {text}");
    }
}
