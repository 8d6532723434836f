using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Reads lists of tags as RAM publishes them: one tag a line, its synonyms behind strokes ("sofa / couch").
/// </summary>
public static class TagListReader
{
    /// <summary>
    /// Makes a vocabulary of a list. Types are told by the word lists and by the parser, for a person to check.
    /// </summary>
    /// <param name="lines">The list.</param>
    /// <param name="chinese">The list in Chinese, line by line the same tags; null: none.</param>
    /// <param name="types">A vocabulary whose tags give their type to equal names; null: none.</param>
    /// <exception cref="VocabularyException">A line is empty between others, or the lists differ in length.</exception>
    public static TagVocabulary Read(IEnumerable<string> lines, IEnumerable<string>? chinese = null,
        TagVocabulary? types = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var list = Trim(lines);
        var names = chinese is null ? null : Trim(chinese);
        if (names is not null && names.Count != list.Count)
            throw new VocabularyException(
                $"tag lists differ · expected {list.Count} Chinese names, one a line, got {names.Count}");
        var tags = new List<Tag>(list.Count);
        foreach (var line in list)
        {
            var words = line.Split('/', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                throw new VocabularyException($"tag list, line {tags.Count + 1}: expected a tag, got an empty line");
            tags.Add(new Tag(tags.Count, words[0], TypeOf(words[0], types),
                [.. words[1..].Distinct().Where(w => w != words[0])],
                names?[tags.Count]));
        }
        return new TagVocabulary(tags);
    }

    private static List<string> Trim(IEnumerable<string> lines)
    {
        var list = lines.Select(line => line.Trim().TrimStart('\uFEFF')).ToList();
        while (list.Count > 0 && list[^1].Length == 0)
            list.RemoveAt(list.Count - 1);
        return list;
    }

    private static TagType TypeOf(string name, TagVocabulary? types)
    {
        if (types?.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase)) is { } known)
            return known.Type;
        var lower = name.ToLowerInvariant();
        if (WordLists.IsScene(lower))
            return TagType.Scene;
        if (WordLists.Colours.Contains(lower) || WordLists.Materials.Contains(lower))
            return TagType.Attribute;
        var words = lower.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (tags, heads, _) = DependencyParser.Default.Analyze(words);
        return tags[Array.IndexOf(heads, -1)].Universal switch
        {
            PartOfSpeech.Verb => TagType.Action,
            PartOfSpeech.Adj or PartOfSpeech.Num => TagType.Attribute,
            _ => TagType.Object,
        };
    }
}
