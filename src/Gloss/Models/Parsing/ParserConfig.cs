using Gloss.Models.Bert;

namespace Gloss.Models.Parsing;

/// <summary>Sizes of a <see cref="ParserNetwork"/>.</summary>
public sealed record ParserConfig
{
    /// <summary>The encoder where it is a BERT; null: a <see cref="RecurrentEncoder"/>.</summary><value>null</value>
    public BertConfig? Bert { get; init; }

    /// <summary>The encoder where it is recurrent; null: a BERT.</summary><value>null</value>
    public RecurrentEncoderConfig? Recurrent { get; init; }

    /// <summary>Width in which heads and dependents are compared.</summary><value>192</value>
    public long ArcSize { get; init; } = 192;

    /// <summary>Width in which relations are told.</summary><value>128</value>
    public long RelationSize { get; init; } = 128;

    /// <summary>Farthest distance with a bias of its own.</summary><value>16</value>
    public int MaxDistance { get; init; } = 16;

    /// <summary>Dropout of what the heads read, in training.</summary><value>0.2</value>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Part-of-speech tags.</summary>
    public long Tags { get; init; }

    /// <summary>Relations.</summary>
    public long Relations { get; init; }

    /// <summary>What is wrong with the sizes that do not follow from the data.</summary>
    internal IEnumerable<string> Faults()
    {
        if ((Bert is null) == (Recurrent is null))
            yield return $"bert, recurrent: expected one of the two, got {(Bert is null ? "none" : "both")}";
        (string Key, double Value, double Least, double Most)[] numbers =
        [
            ("arcSize", ArcSize, 1, 8192), ("relationSize", RelationSize, 1, 8192),
            ("maxDistance", MaxDistance, 1, 1000),
            ("dropout", Dropout, 0, 0.99), .. Recurrent?.Ranges() ?? [], .. Bert is null ? [] : Ranges(Bert),
        ];
        foreach (var (key, value, least, most) in numbers)
        {
            if (!(value >= least && value <= most))
                yield return $"{key}: {value} · expected {least} to {most}";
        }
        if (Bert is { Heads: > 0 } bert && bert.HiddenSize % bert.Heads != 0)
            yield return $"bert.heads: {bert.Heads} · expected a divisor of bert.hiddenSize {bert.HiddenSize}";
        if (Recurrent is null)
            yield break;
        // The exported network computes on four bytes at once.
        foreach (var (key, size) in new[]
        {
            ("recurrent.wordSize", Recurrent.WordSize), ("recurrent.stateSize", Recurrent.StateSize),
            ("arcSize", ArcSize),
            ("relationSize", RelationSize),
        })
        {
            if (size % 4 != 0)
                yield return $"{key}: {size} · expected a multiple of 4";
        }
    }

    private static (string Key, double Value, double Least, double Most)[] Ranges(BertConfig bert) =>
    [
        ("bert.hiddenSize", bert.HiddenSize, 1, 8192), ("bert.heads", bert.Heads, 1, 256),
        ("bert.layers", bert.Layers, 1, 48),
        ("bert.intermediateSize", bert.IntermediateSize, 1, 65536), ("bert.maxPositions", bert.MaxPositions, 8, 65536),
        ("bert.tokenTypes", bert.TokenTypes, 0, 16), ("bert.dropout", bert.Dropout, 0, 0.99),
    ];
}
