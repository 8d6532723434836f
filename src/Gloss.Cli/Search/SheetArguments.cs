using System.CommandLine;
using System.Diagnostics;
using Gloss.Cli.Recognition;
using Gloss.Search;

namespace Gloss.Cli.Search;

/// <summary>The options that ask for a contact sheet instead of a list.</summary>
internal sealed class SheetArguments
{
    private readonly Option<string?> html = new("--html")
    {
        Description = "Write a page with thumbnails to this file instead of a list.",
    };
    private readonly Option<bool> open = new("--open")
    {
        Description = "Show the page in the browser; without --html it lies among the temporary files.",
    };
    private readonly Option<int> side = new("--thumbnail")
    {
        Description = "The longer side of its thumbnails in pixels.",
        DefaultValueFactory = _ => 400,
    };

    /// <summary>Adds the options to a verb.</summary>
    public SheetArguments(Command command, FormArguments form)
    {
        command.Validators.Add(result =>
        {
            if (form.IsForPrograms(result) && (result.GetValue(html) is not null || result.GetValue(open)))
                result.AddError("--html and --open give a page, --json and --jsonl a list: one of them");
        });
        side.Validators.Add(result => ModelOptions.CheckRange(result, side, 16, 2048));
        foreach (var option in new Option[] { html, open, side })
            command.Options.Add(option);
    }

    /// <summary>Writes the page where one was asked for; returns whether one was.</summary>
    public bool Write(ParseResult parsed, string title,
        IReadOnlyList<(string Heading, IReadOnlyList<(CataloguedPicture Picture, string Note)> Pictures)> groups,
        CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(html) ?? (parsed.GetValue(open)
            ? Path.Combine(Directory.CreateTempSubdirectory("gloss-").FullName, "gloss.html") : null);
        if (file is null)
            return false;
        new ContactSheet(parsed.GetValue(side)).Write(file, title, groups, cancellationToken);
        parsed.InvocationConfiguration.Output.WriteLine(file);
        if (parsed.GetValue(open))
            Process.Start(new ProcessStartInfo(Path.GetFullPath(file)) { UseShellExecute = true })?.Dispose();
        return true;
    }
}
