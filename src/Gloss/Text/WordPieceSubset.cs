namespace Gloss.Text;

/// <summary>
/// A smaller word-piece vocabulary that cuts the words of given captions as the full one does: pieces that occur often
/// enough, every single character, and the special tokens.
/// </summary>
public static class WordPieceSubset
{
    /// <summary>
    /// The tokens of the subset in the order of <paramref name="full"/>, then <paramref name="added"/>.
    /// </summary>
    /// <param name="full">The full vocabulary.</param>
    /// <param name="captions">Texts whose pieces are counted.</param>
    /// <param name="minCount">How often a piece must occur to be kept.</param>
    /// <param name="added">Tokens put behind the others.</param>
    public static IReadOnlyList<string> Choose(WordPieceTokenizer full, IEnumerable<string> captions, int minCount,
        IReadOnlyList<string> added)
    {
        var counts = new int[full.VocabularySize];
        foreach (var caption in captions)
        {
            foreach (var id in full.Encode(caption))
                counts[id]++;
        }
        var kept = Enumerable.Range(0, full.VocabularySize)
            .Where(id => IsSpecial(full, id) || counts[id] >= minCount || IsAsciiCharacter(full.TokenOf(id)))
            .Select(full.TokenOf);
        return [.. kept, .. added];
    }

    private static bool IsSpecial(WordPieceTokenizer full, int id) =>
        id == full.PadId || id == full.UnkId || id == full.ClsId || id == full.SepId || id == full.MaskId;

    // With all characters every ASCII word can be cut, and few become [UNK].
    private static bool IsAsciiCharacter(string token) =>
        token.Length == 1 && token[0] < 128 || token.Length == 3 && token.StartsWith("##", StringComparison.Ordinal)
            && token[2] < 128;
}
