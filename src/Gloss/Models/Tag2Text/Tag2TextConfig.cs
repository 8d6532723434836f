namespace Gloss.Models.Tag2Text;

/// <summary>Sizes of a Tag2Text model.</summary>
public sealed record Tag2TextConfig
{
    private const long MostWidth = 1 << 14;
    private const long MostLayers = 256;

    /// <summary>The image encoder.</summary>
    public required ImageEncoderConfig ImageEncoder { get; init; }

    /// <summary>
    /// Whether it has the parts that write captions. Without them its recognition decoder has layers of its own.
    /// </summary>
    /// <value>true</value>
    public bool HasCaptions { get; init; } = true;

    /// <summary>
    /// Width to which image tokens are projected before all text parts; null: they stay as they are, as published.
    /// </summary>
    /// <value>null</value>
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

    /// <summary>
    /// Classes of a classifier whose probabilities count for or against tags besides the recognition decoder; null:
    /// none, as published (see <see cref="ClassEvidence"/>).
    /// </summary>
    /// <value>null</value>
    public int? Classes { get; init; }

    /// <summary>Tags in the vocabulary.</summary>
    public required int Tags { get; init; }

    /// <summary>Tokens that the tags guiding a caption are cut or padded to.</summary><value>40</value>
    public int TagTokens { get; init; } = 40;

    /// <summary>
    /// Whether the text decoder looks at the image tokens themselves besides the tags mixed with them; they must be as
    /// wide as it. Not so in the published model, where all that it learns of the picture passes through the tags'
    /// places.
    /// </summary><value>false</value>
    public bool DecoderSeesImage { get; init; }

    /// <summary>
    /// The image-text alignment branch; null: none, as in the published checkpoint.
    /// </summary>
    /// <value>null</value>
    public AlignmentConfig? Alignment { get; init; }

    /// <summary>Words that every caption begins with.</summary><value>a picture of </value>
    public string Prompt { get; init; } = "a picture of ";

    /// <summary>
    /// What is wrong with the fields, by their keys; a model of a config without faults can be built.
    /// </summary>
    internal IEnumerable<string> Faults()
    {
        foreach (var fault in ImageEncoder.Faults())
            yield return $"image_encoder.{fault}";
        var sizes = new (string Key, long Value, long Least, long Most)[]
        {
            ("image_projection", ImageProjection ?? 1, 1, MostWidth), ("hidden_size", HiddenSize, 1, MostWidth),
            ("heads", Heads, 1, MostWidth), ("intermediate_size", IntermediateSize, 1, 4 * MostWidth),
            ("vocabulary_size", VocabularySize, 7, 1_000_000), ("max_positions", MaxPositions, 1, MostWidth),
            ("tag_encoder_layers", TagEncoderLayers, 1, MostLayers),
            ("text_decoder_layers", TextDecoderLayers, 1, MostLayers),
            ("tagging_head.layers", TaggingHead.Layers, 1, TaggingHead.IsShared ? TagEncoderLayers : MostLayers),
            ("tagging_head.heads", TaggingHead.Heads, 1, MostWidth),
            ("tagging_head.hidden_size", TaggingHead.HiddenSize, 1, MostWidth),
            ("tagging_head.intermediate_size", TaggingHead.IntermediateSize, 1, 4 * MostWidth),
            ("classes", Classes ?? 1, 1, 100_000), ("tags", Tags, 1, 1_000_000), ("tag_tokens", TagTokens, 2, MaxPositions),
        };
        if (Alignment is { } alignment)
        {
            if (!HasCaptions)
                yield return "alignment: expected has_captions: its cross-attention is the text decoder's";
            if (alignment.PoolingHeads > 0 && (ImageProjection ?? 0) % alignment.PoolingHeads != 0)
                yield return $"alignment.pooling_heads: expected a divisor of image_projection {ImageProjection}, got "
                    + $"{alignment.PoolingHeads}";
            sizes = [.. sizes, ("alignment.layers", alignment.Layers, 1, MostLayers),
                ("alignment.width", alignment.Width, 1, MostWidth),
                ("alignment.pooling_heads", alignment.PoolingHeads, 0, MostWidth),
                ("alignment.max_tokens", alignment.MaxTokens, 3, MaxPositions)];
        }
        foreach (var fault in ConfigRanges.Faults(sizes))
            yield return fault;
        if (!HasCaptions && TaggingHead.IsShared)
            yield return "tagging_head.is_shared: expected false where has_captions is false: there is nothing to "
                + "share";
        if (DecoderSeesImage && ImageProjection != HiddenSize)
            yield return $"decoder_sees_image: expected image_projection {HiddenSize}, as hidden_size, got "
                + $"{ImageProjection?.ToString() ?? "null"}";
        if (Heads > 0 && HiddenSize % Heads != 0)
            yield return $"heads: expected a divisor of hidden_size {HiddenSize}, got {Heads}";
        var headWidth = TaggingHead.IsShared ? HiddenSize : TaggingHead.HiddenSize;
        if (TaggingHead.Heads > 0 && headWidth % TaggingHead.Heads != 0)
            yield return $"tagging_head.heads: expected a divisor of {headWidth}, got {TaggingHead.Heads}";
        if (!(Dropout is >= 0 and < 1))
            yield return $"dropout: expected 0 to below 1, got {Dropout}";
        if (!(TaggingHead.Dropout is >= 0 and < 1))
            yield return $"tagging_head.dropout: expected 0 to below 1, got {TaggingHead.Dropout}";
    }
}
