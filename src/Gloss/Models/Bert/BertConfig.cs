namespace Gloss.Models.Bert;

/// <summary>Sizes of a BERT stack.</summary>
public sealed record BertConfig
{
    /// <summary>Width of the hidden states.</summary><value>768</value>
    public long HiddenSize { get; init; } = 768;

    /// <summary>
    /// Heads of self-attention and cross-attention; divides <see cref="HiddenSize"/>.
    /// </summary>
    /// <value>12</value>
    public long Heads { get; init; } = 12;

    /// <summary>Width inside the feed-forward part.</summary><value>3072</value>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Number of layers.</summary><value>12</value>
    public int Layers { get; init; } = 12;

    /// <summary>Rows of the word table.</summary><value>30524</value>
    public long VocabularySize { get; init; } = 30524;

    /// <summary>Longest sequence.</summary><value>512</value>
    public long MaxPositions { get; init; } = 512;

    /// <summary>Rows of the token type table; 0: there is none.</summary><value>0</value>
    public long TokenTypes { get; init; }

    /// <summary>Width of what cross-attention looks at; null: no cross-attention.</summary><value>null</value>
    public long? EncoderWidth { get; init; }

    /// <summary>Dropout of hidden states and attention weights in training.</summary><value>0.1</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Added to variances by layer normalisation.</summary><value>1e-12</value>
    public double LayerNormEpsilon { get; init; } = 1e-12;
}
