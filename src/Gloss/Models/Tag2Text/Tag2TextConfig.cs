namespace Gloss.Models.Tag2Text;

/// <summary>Sizes of a Tag2Text model.</summary>
public sealed record Tag2TextConfig
{
    /// <summary>The image encoder.</summary>
    public required ImageEncoderConfig ImageEncoder { get; init; }

    /// <summary>Width to which image tokens are projected before all text parts; null: they stay as they are, as published.</summary><value>null</value>
    public long? ImageProjection { get; init; }

    /// <summary>Width of the text parts.</summary><value>768</value>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Heads of the text parts.</summary><value>12</value>
    public long Heads { get; init; } = 12;

    /// <summary>Width inside the feed-forward layers of the text parts.</summary><value>3072</value>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Word pieces, with [DEC] and [ENC].</summary><value>30524</value>
    public long VocabularySize { get; init; } = 30524;

    /// <summary>Longest text.</summary><value>512</value>
    public long MaxPositions { get; init; } = 512;

    /// <summary>Layers of the image-tag interaction encoder.</summary><value>12</value>
    public int TagEncoderLayers { get; init; } = 12;

    /// <summary>Layers of the image-tag-text decoder.</summary><value>12</value>
    public int TextDecoderLayers { get; init; } = 12;

    /// <summary>Dropout in the text parts.</summary><value>0.1</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>The recognition decoder.</summary>
    public TaggingHeadConfig TaggingHead { get; init; } = new();

    /// <summary>Tags in the vocabulary.</summary>
    public required int Tags { get; init; }

    /// <summary>Tokens that the tags guiding a caption are cut or padded to.</summary><value>40</value>
    public int TagTokens { get; init; } = 40;

    /// <summary>Words that every caption begins with.</summary><value>a picture of </value>
    public string Prompt { get; init; } = "a picture of ";
}

/// <summary>Sizes of the recognition decoder.</summary>
public sealed record TaggingHeadConfig
{
    /// <summary>Whether it shares the first layers of the tag encoder, as published.</summary><value>true</value>
    public bool IsShared { get; init; } = true;

    /// <summary>Layers.</summary><value>2</value>
    public int Layers { get; init; } = 2;

    /// <summary>Heads.</summary><value>4</value>
    public long Heads { get; init; } = 4;

    /// <summary>Width of the queries where it has layers of its own.</summary><value>768</value>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Width inside the feed-forward part where it has layers of its own.</summary><value>3072</value>
    public long IntermediateSize { get; init; } = 3072;
}
