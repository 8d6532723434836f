using System.Text;

namespace Gloss.Search;

/// <summary>Tags that persons made up and the model does not know: a text that names one means its pictures.</summary>
internal static class OwnTags
{
    /// <summary>The pictures that have such a tag of a text, once for each.</summary>
    public static IEnumerable<long> Pictures(Catalogue catalogue, string text)
    {
        var (known, words) = (catalogue.RequireModel().Tags, Spaced(text));
        var tags = catalogue.Database.All(
            "SELECT t.id, t.name FROM (SELECT DISTINCT tag FROM decision WHERE is_added) d JOIN tag t ON t.id = d.tag",
            row => (Id: row.Int64(0), Name: row.Text(1)));
        return tags.Where(tag => !known.TryFind(tag.Name, out _) && Spaced(tag.Name) is { Length: > 1 } name
            && words.Contains(name, StringComparison.Ordinal))
            .SelectMany(tag => catalogue.Database.All("SELECT picture FROM decision WHERE tag = ? AND is_added",
                row => row.Int64(0), tag.Id));
    }

    // The words in lower case with a space before and behind each.
    private static string Spaced(string text)
    {
        var spaced = new StringBuilder(" ");
        foreach (var letter in text)
        {
            if (char.IsLetterOrDigit(letter) || char.IsSurrogate(letter))
                spaced.Append(char.ToLowerInvariant(letter));
            else if (spaced[^1] != ' ')
                spaced.Append(' ');
        }
        return spaced[^1] == ' ' ? spaced.ToString() : spaced.Append(' ').ToString();
    }
}
