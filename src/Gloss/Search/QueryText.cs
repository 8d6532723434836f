using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Search;

/// <summary>
/// The words of a search, read in two ways: as tags of the model's vocabulary, and as words of tags and captions.
/// </summary>
/// <param name="TagNumbers">The tags that the text names, ascending.</param>
/// <param name="Match">What full-text search is asked, in FTS5's language; null where the text has no word of
/// weight.</param>
internal sealed record QueryText(int[] TagNumbers, string? Match)
{
    // Words that say nothing of a picture.
    private static readonly HashSet<string> light = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "an", "the", "of", "in", "on", "at", "to", "from", "with", "without", "and", "or", "by", "for", "into",
        "onto", "over", "under", "is", "are",
        "was", "were", "be", "being", "been", "it", "its", "their", "his", "her", "my", "our", "your", "this", "that",
        "these", "those", "there", "as",
        "some", "any", "while", "who", "which", "what", "where", "picture", "photo", "photograph", "image", "pictures",
        "photos", "images", "show", "me",
    };

    /// <summary>Reads a text.</summary>
    public static QueryText Parse(string text, TagVocabulary tags)
    {
        var numbers = new SortedSet<int>(new TagMiner(tags).MineIds(text));
        var words = Words(text);
        // A name alone ("running") need not be one where a sentence has it.
        if (tags.TryFind(text, out var whole))
            numbers.Add(whole.Id);
        foreach (var word in words.Where(_ => words.Count <= 2 || numbers.Count == 0))
        {
            if (tags.TryFind(word, out var tag))
                numbers.Add(tag.Id);
        }
        return new QueryText([.. numbers], words.Count == 0
            ? null : $"{{tags caption}} : ({string.Join(" OR ", words.Select(word => $"\"{word}\""))})");
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var isInside = i < text.Length && (char.IsLetterOrDigit(text[i]) || char.IsSurrogate(text[i]));
            if (isInside && start < 0)
                start = i;
            if (isInside || start < 0)
                continue;
            if (text[start..i] is var word && !light.Contains(word)
                && !words.Contains(word, StringComparer.OrdinalIgnoreCase))
                words.Add(word);
            start = -1;
        }
        return words;
    }
}
