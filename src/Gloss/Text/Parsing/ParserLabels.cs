namespace Gloss.Text.Parsing;

/// <summary>What the numbers of a parser's network mean: word pieces, tags, relations. Serves all threads.</summary>
internal sealed class ParserLabels
{
    private const int MaxPiecesOfWord = 12;

    /// <summary>Labels in the order of their ids.</summary>
    public ParserLabels(IReadOnlyList<string> pieces, IReadOnlyList<PosTag> tags, IReadOnlyList<string> relations)
    {
        Pieces = pieces;
        Tags = tags;
        Relations = relations;
        Tokenizer = new WordPieceTokenizer(pieces);
        TagIds = tags.Select((tag, id) => (tag, id)).ToDictionary(x => x.tag, x => x.id);
        RelationIds = relations.Select((name, id) => (name, id))
            .ToDictionary(x => x.name, x => x.id, StringComparer.Ordinal);
    }

    /// <summary>Word pieces.</summary>
    public IReadOnlyList<string> Pieces { get; }

    /// <summary>Tags.</summary>
    public IReadOnlyList<PosTag> Tags { get; }

    /// <summary>Relations.</summary>
    public IReadOnlyList<string> Relations { get; }

    /// <summary>Ids of tags.</summary>
    public Dictionary<PosTag, int> TagIds { get; }

    /// <summary>Ids of relations.</summary>
    public Dictionary<string, int> RelationIds { get; }

    /// <summary>Cuts words into pieces.</summary>
    public WordPieceTokenizer Tokenizer { get; }

    /// <summary>Numbers of a word's endings, of two and of three letters.</summary>
    public static int[] EndingsOf(string word) => [WordEnding.Of(word, 2), WordEnding.Of(word, 3)];

    /// <summary>The pieces of a word, 1 to 12.</summary>
    public int[] PiecesOf(string word)
    {
        var ids = Tokenizer.Encode(word);
        return ids.Length == 0 ? [Tokenizer.UnkId] : ids.Length > MaxPiecesOfWord
            ? [.. ids[..(MaxPiecesOfWord - 1)], ids[^1]] : ids;
    }
}
