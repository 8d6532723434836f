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
}
