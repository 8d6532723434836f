using System.CommandLine;
using System.CommandLine.Parsing;
using Gloss.Images;

namespace Gloss.Cli.Recognition;

/// <summary>The pictures that a verb takes, and the forms in which it gives its results.</summary>
internal sealed class PictureArguments
{
    private readonly Argument<string[]> paths = new("paths")
    {
        Description =
            "Pictures, folders, patterns such as 'photos/**/*.jpg'; - reads paths from standard input, one a line.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> json = new("--json") { Description = "Print one JSON array." };
    private readonly Option<bool> jsonl = new("--jsonl")
    {
        Description = "Print one JSON object a line, each as soon as it is known.",
    };

    /// <summary>Adds the argument and the options to a verb.</summary>
    public PictureArguments(Command command)
    {
        command.Arguments.Add(paths);
        command.Options.Add(json);
        command.Options.Add(jsonl);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(jsonl))
                result.AddError("--json and --jsonl exclude each other");
        });
    }

    /// <summary>The pictures, found as they are asked for.</summary>
    public IEnumerable<ImageFile> Files(ParseResult parsed) =>
        ImageFiles.Expand(parsed.GetRequiredValue(paths), Console.In);

    /// <summary>The arguments as they were given.</summary>
    public string[] Given(ParseResult parsed) => parsed.GetRequiredValue(paths);

    /// <summary>The form that was asked for.</summary>
    public ResultForm Form(ParseResult parsed) => Form(parsed.CommandResult);

    /// <summary>The form that was asked for, while arguments are checked.</summary>
    public ResultForm Form(CommandResult parsed) =>
        parsed.GetValue(json) ? ResultForm.Json : parsed.GetValue(jsonl) ? ResultForm.JsonLines : ResultForm.Text;
}
