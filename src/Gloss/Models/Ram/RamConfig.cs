namespace Gloss.Models.Ram;

/// <summary>Sizes of a RAM model.</summary>
public sealed record RamConfig
{
    /// <summary>The image encoder.</summary>
    public required ImageEncoderConfig ImageEncoder { get; init; }

    /// <summary>Whether it has the parts that write captions.</summary><value>true</value>
    public bool HasCaptions { get; init; } = true;

    /// <summary>Width of CLIP's embeddings, to which image tokens are projected.</summary><value>512</value>
    public long EmbeddingSize { get; init; } = 512;

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

    /// <summary>
    /// Layers of the recognition decoder, which shares the first layers of the tag encoder.
    /// </summary>
    /// <value>2</value>
    public int TaggingHeadLayers { get; init; } = 2;

    /// <summary>Heads of the recognition decoder.</summary><value>4</value>
    public long TaggingHeadHeads { get; init; } = 4;

    /// <summary>Tags in the vocabulary.</summary><value>4585</value>
    public int Tags { get; init; } = 4585;

    /// <summary>Tokens that the tags guiding a caption are cut or padded to.</summary><value>40</value>
    public int TagTokens { get; init; } = 40;

    /// <summary>Words that every caption begins with.</summary><value>a picture of </value>
    public string Prompt { get; init; } = "a picture of ";

    /// <summary>
    /// What is wrong with the fields, by their keys; a model of a config without faults can be built.
    /// </summary>
    internal IEnumerable<string> Faults() =>
    [
        .. ImageEncoder.Faults().Select(fault => $"image_encoder.{fault}"),
        .. ConfigRanges.Faults(
        [
            ("embedding_size", EmbeddingSize, 1, ConfigRanges.MostWidth),
            ("hidden_size", HiddenSize, 1, ConfigRanges.MostWidth),
            ("heads", Heads, 1, ConfigRanges.MostWidth),
            ("intermediate_size", IntermediateSize, 1, 4 * ConfigRanges.MostWidth),
            ("vocabulary_size", VocabularySize, 7, ConfigRanges.MostEntries),
            ("max_positions", MaxPositions, 1, ConfigRanges.MostWidth),
            ("tag_encoder_layers", TagEncoderLayers, 1, ConfigRanges.MostLayers),
            ("text_decoder_layers", TextDecoderLayers, 1, ConfigRanges.MostLayers),
            ("tagging_head_layers", TaggingHeadLayers, 1, HasCaptions ? TagEncoderLayers : ConfigRanges.MostLayers),
            ("tagging_head_heads", TaggingHeadHeads, 1, ConfigRanges.MostWidth),
            ("tags", Tags, 1, ConfigRanges.MostEntries),
            ("tag_tokens", TagTokens, 2, MaxPositions),
        ]),
        .. ConfigRanges.HeadFaults("heads", Heads, "hidden_size", HiddenSize),
        .. ConfigRanges.HeadFaults("tagging_head_heads", TaggingHeadHeads, "hidden_size", HiddenSize),
        .. Dropout is >= 0 and < 1 ? Array.Empty<string>() : [$"dropout: expected 0 to below 1, got {Dropout}"],
    ];
}
