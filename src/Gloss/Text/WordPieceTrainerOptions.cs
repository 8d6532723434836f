namespace Gloss.Text;

/// <summary>Settings of <see cref="WordPieceTrainer"/>.</summary>
public sealed record WordPieceTrainerOptions
{
    /// <summary>The most tokens the vocabulary may have, special tokens included.</summary>
    /// <value>8192. Range: the number of special tokens + 1 up to
    /// <see cref="WordPieceTokenizer.MaximumVocabularySize"/>.</value>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>How often two pieces must stand together to be joined.</summary>
    /// <value>2. Range: 1 or more.</value>
    public int MinFrequency { get; init; } = 2;

    /// <summary>
    /// The most pieces of one character, the frequent first; a character that begins a word and the same inside a
    /// word count apart. Words with other characters are left out and will be [UNK].
    /// </summary>
    /// <value>1000. Range: 1 or more.</value>
    public int AlphabetLimit { get; init; } = 1000;

    /// <summary>Tokens that get the first ids, in this order. [PAD], [UNK], [CLS], [SEP] and [MASK] must be among
    /// them.</summary>
    /// <value>[PAD], [UNK], [CLS], [SEP], [MASK], [DEC], [ENC].</value>
    public IReadOnlyList<string> SpecialTokens { get; init; } =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"];

    /// <summary>Checks all settings and reports all faults at once.</summary>
    /// <exception cref="ArgumentException">One or more settings are out of range.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        var smallest = SpecialTokens.Count + 1;
        if (VocabularySize < smallest || VocabularySize > WordPieceTokenizer.MaximumVocabularySize)
        {
            faults.Add($"VocabularySize {VocabularySize}: expected {smallest} to " +
                $"{WordPieceTokenizer.MaximumVocabularySize}");
        }
        if (MinFrequency < 1)
            faults.Add($"MinFrequency {MinFrequency}: expected 1 or more");
        if (AlphabetLimit < 1)
            faults.Add($"AlphabetLimit {AlphabetLimit}: expected 1 or more");
        foreach (var missing in WordPieceTokenizer.RequiredTokens.Except(SpecialTokens))
            faults.Add($"SpecialTokens: {missing} is missing");
        foreach (var doubled in SpecialTokens.GroupBy(t => t, StringComparer.Ordinal).Where(g => g.Count() > 1))
            faults.Add($"SpecialTokens: {doubled.Key} stands more than once");
        if (faults.Count > 0)
            throw new ArgumentException($"cannot train a vocabulary: {string.Join("; ", faults)}");
    }
}
