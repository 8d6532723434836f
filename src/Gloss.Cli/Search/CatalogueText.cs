using Gloss.Search;

namespace Gloss.Cli.Search;

/// <summary>What is said of a catalogue as a whole.</summary>
internal static class CatalogueText
{
    /// <summary>How many pictures it has, and how many of them cannot be found yet.</summary>
    public static string Pictures(Catalogue catalogue)
    {
        var counts = catalogue.Count();
        var waiting = counts.Waiting > 0 ? $", {counts.Waiting} of them not yet seen by its model" : "";
        return $"{counts.Pictures} {(counts.Pictures == 1 ? "picture" : "pictures")} in {catalogue.Path}{waiting}";
    }
}
