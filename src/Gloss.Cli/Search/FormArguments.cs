using System.CommandLine;
using System.CommandLine.Parsing;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Search;

/// <summary>The options that say in what form results are printed.</summary>
internal sealed class FormArguments
{
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON array." };
    private readonly Option<bool> jsonl = new("--jsonl") { Description = "Print one JSON object a line." };

    /// <summary>Adds the options to a verb.</summary>
    public FormArguments(Command command)
    {
        command.Options.Add(json);
        command.Options.Add(jsonl);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(jsonl))
                result.AddError("--json and --jsonl exclude each other");
        });
    }

    /// <summary>Whether a form for programs was asked for.</summary>
    public bool IsForPrograms(CommandResult result) => result.GetValue(json) || result.GetValue(jsonl);

    /// <summary>The form that was asked for.</summary>
    public ResultForm Read(ParseResult parsed) =>
        parsed.GetValue(json) ? ResultForm.Json : parsed.GetValue(jsonl) ? ResultForm.JsonLines : ResultForm.Text;
}
