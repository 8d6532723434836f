namespace Gloss.Models.Parsing;

/// <summary>Sizes of a <see cref="RecurrentEncoder"/>.</summary>
public sealed record RecurrentEncoderConfig
{
    /// <summary>Rows of the table of word pieces.</summary>
    public long VocabularySize { get; init; }

    /// <summary>Width of the table of word pieces, which is given and does not learn.</summary><value>384</value>
    public long PieceSize { get; init; } = 384;

    /// <summary>Width of words.</summary><value>160</value>
    public long WordSize { get; init; } = 160;

    /// <summary>Width of the recurrent state in each direction.</summary><value>160</value>
    public long StateSize { get; init; } = 160;

    /// <summary>Recurrent layers.</summary><value>2</value>
    public int Layers { get; init; } = 2;

    /// <summary>
    /// Dropout before each layer in training: the same places at all words of a sentence.
    /// </summary>
    /// <value>0.25</value>
    public double Dropout { get; init; } = 0.25;

    /// <summary>Share of words that are known in training by their given vectors alone.</summary><value>0.25</value>
    public double WordDropout { get; init; } = 0.25;

    /// <summary>The keys with their values and what they may be.</summary>
    internal (string Key, double Value, double Least, double Most)[] Ranges() =>
    [
        ("recurrent.pieceSize", PieceSize, 1, 8192), ("recurrent.wordSize", WordSize, 1, 8192),
        ("recurrent.stateSize", StateSize, 1, 8192),
        ("recurrent.layers", Layers, 1, 16), ("recurrent.dropout", Dropout, 0, 0.99),
        ("recurrent.wordDropout", WordDropout, 0, 0.99),
    ];
}
