using System.CommandLine;
using Gloss.Cli.Commands;

namespace Gloss.Cli.CommandLine;

/// <summary>The verbs of the command line, in the order in which the help lists them.</summary>
internal static class Verbs
{
    /// <summary>Creates one command a verb.</summary>
    public static IReadOnlyList<Command> CreateAll() =>
    [
        TagCommand.Create(),
        CaptionCommand.Create(),
        ClassifyCommand.Create(),
        ScoreCommand.Create(),
        GroundCommand.Create(),
        IndexCommand.Create(),
        SearchCommand.Create(),
        TagsCommand.Create(),
        DuplicatesCommand.Create(),
        ExportCommand.Create(),
        EvaluateCommand.Create(),
        ImportCommand.Create(),
        MineCommand.Create(),
        VocabularyCommand.Create(),
        TrainCommand.Create(),
        ParserCommand.Create(),
        InfoCommand.Create(),
    ];
}
