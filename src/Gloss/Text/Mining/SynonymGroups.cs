namespace Gloss.Text.Mining;

/// <summary>Groups of words that are one tag. Text form, one group a line: kind (thing, attribute, action), name,
/// synonyms separated by commas; TAB between the three.</summary>
public sealed class SynonymGroups
{
    private static readonly Lazy<SynonymGroups> LazyDefault = new(() =>
        new SynonymGroups(TextResource.Lines("Mining.synonyms.txt"), "synonyms.txt"));

    private readonly Dictionary<(TagKind Kind, string Name), string> nameOf = [];
    private readonly Dictionary<(TagKind Kind, string Name), List<string>> synonymsOf = [];

    /// <summary>Reads groups from lines.</summary>
    /// <param name="lines">The lines, without comments.</param>
    /// <param name="source">What errors call the source.</param>
    /// <exception cref="VocabularyException">A line has another form, or a word is in two groups.</exception>
    public SynonymGroups(IEnumerable<string> lines, string source)
    {
        ArgumentNullException.ThrowIfNull(lines);
        foreach (var line in lines)
        {
            var columns = line.Split('\t');
            if (columns.Length != 3 || !Enum.TryParse<TagKind>(columns[0], ignoreCase: true, out var kind))
            {
                throw new VocabularyException(
                    $"cannot read synonyms: {source}: \"{line}\" · expected kind TAB name TAB "
                    + "synonyms · hint: kind is thing, attribute or action");
            }
            var name = columns[1];
            var synonyms = columns[2]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var synonym in synonyms)
            {
                if (!nameOf.TryAdd((kind, synonym), name))
                {
                    throw new VocabularyException($"cannot read synonyms: {source}: \"{synonym}\" is a synonym of "
                        + $"\"{nameOf[(kind, synonym)]}\" and of \"{name}\" · hint: a word belongs to one group");
                }
            }
            synonymsOf[(kind, name)] = [.. synonyms];
        }
    }

    /// <summary>The groups that ship.</summary>
    public static SynonymGroups Default => LazyDefault.Value;

    /// <summary>The tag name for a word; the word itself where it is in no group.</summary>
    internal string Resolve(TagKind kind, string word) => nameOf.GetValueOrDefault((kind, word), word);

    /// <summary>The synonyms of a tag name.</summary>
    internal IReadOnlyList<string> SynonymsOf(TagKind kind, string name) =>
        synonymsOf.TryGetValue((kind, name), out var synonyms) ? synonyms : [];
}
