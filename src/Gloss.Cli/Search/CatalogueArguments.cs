using System.CommandLine;
using Gloss.Search;

namespace Gloss.Cli.Search;

/// <summary>The option that says which catalogue a verb uses.</summary>
internal sealed class CatalogueArguments
{
    private readonly Option<string> catalogue = new("--catalogue", "-c")
    {
        Description =
            "The catalogue's file; else what GLOSS_CATALOGUE names, else gloss/catalogue.db in your folder for data.",
    };

    /// <summary>Adds the option to a verb.</summary>
    public CatalogueArguments(Command command) => command.Options.Add(catalogue);

    /// <summary>Opens the catalogue that was asked for; the caller owns it.</summary>
    public Catalogue Open(ParseResult parsed, bool mayCreate = false) =>
        Catalogue.Open(parsed.GetValue(catalogue) ?? Catalogue.DefaultPath, mayCreate);
}
