using Gloss.Models.Bert;
using Gloss.Models.Swin;

namespace Gloss.Models.GroundingDino;

/// <summary>Sizes of a <see cref="GroundingDinoModel"/>.</summary>
public sealed record GroundingDinoConfig
{
    private const int MostLayers = 64;
    private const long MostWidth = 1 << 14;
    private const long MostQueries = 1 << 16;

    /// <summary>What looks at the picture: an EfficientNet-Lite or a Swin; its picture size is not used.</summary>
    public required ImageEncoderConfig Backbone { get; init; }

    /// <summary>The text tower.</summary><value>BERT-base, uncased</value>
    public BertConfig Text { get; init; } = new() { VocabularySize = 30522, TokenTypes = 2 };

    /// <summary>Width of all tokens after the backbones.</summary><value>256</value>
    public long HiddenSize { get; init; } = 256;

    /// <summary>Heads of deformable attention and of the decoder's attentions.</summary><value>8</value>
    public long Heads { get; init; } = 8;

    /// <summary>Width inside the feed-forward layers of picture tokens and queries.</summary><value>2048</value>
    public long FeedForwardSize { get; init; } = 2048;

    /// <summary>Width inside the fusion of picture and text.</summary><value>1024</value>
    public long FusionSize { get; init; } = 1024;

    /// <summary>Heads of the fusion.</summary><value>4</value>
    public long FusionHeads { get; init; } = 4;

    /// <summary>Heads of the feature enhancer's text attention.</summary><value>4</value>
    public long TextHeads { get; init; } = 4;

    /// <summary>Width inside the feature enhancer's text feed-forward layers.</summary><value>1024</value>
    public long TextFeedForwardSize { get; init; } = 1024;

    /// <summary>Layers of the feature enhancer.</summary><value>6</value>
    public int EncoderLayers { get; init; } = 6;

    /// <summary>Layers of the cross-modality decoder.</summary><value>6</value>
    public int DecoderLayers { get; init; } = 6;

    /// <summary>Boxes that are predicted.</summary><value>900</value>
    public long Queries { get; init; } = 900;

    /// <summary>
    /// Maps: those of the backbone, then others, each half as fine as the one before.
    /// </summary>
    /// <value>4</value>
    public int Levels { get; init; } = 4;

    /// <summary>
    /// Stride of the finest of the backbone's maps that is used: 8 (three of them), 16 or 32.
    /// </summary>
    /// <value>8 as published</value>
    public int FinestStride { get; init; } = 8;

    /// <summary>Points that a head looks at on a map.</summary><value>4</value>
    public long Points { get; init; } = 4;

    /// <summary>Groups of the normalisation after the projection of the maps.</summary><value>32</value>
    public long NormGroups { get; init; } = 32;

    /// <summary>Base of the wave lengths of picture positions.</summary><value>20</value>
    public double PositionTemperature { get; init; } = 20;

    /// <summary>Most text tokens of a pass, with [CLS] and [SEP].</summary><value>256</value>
    public int MaxTextTokens { get; init; } = 256;

    /// <summary>Probability that training drops a fusion.</summary><value>0.1</value>
    public double FusionDropPath { get; init; } = 0.1;

    /// <summary>Dropout inside the transformer in training.</summary><value>0</value>
    public double Dropout { get; init; }

    /// <summary>
    /// Least distance of box coordinates from 0 and 1 when they are taken back through the sigmoid: 1e-3 in the
    /// official code, 1e-5 in Hugging Face's port.
    /// </summary><value>1e-3</value>
    public double BoxEpsilon { get; init; } = 1e-3;

    /// <summary>
    /// Whether in the text tower each sub-sentence sees [CLS] too and counts its positions from 1, as the tower was
    /// pre-trained; false as published. A tower that stays frozen needs it: MiniLM gives all words that stand alone at
    /// position 0 the same vector (cosines of 1.00; 0.0 to 0.4 so).
    /// </summary><value>false</value>
    public bool TextSeesStart { get; init; }

    /// <summary>
    /// Start of a learned bias of the contrastive logits, which are then divided by √width too (as in MM Grounding
    /// DINO, Zhao et al., 2024): what training from scratch needs. null: neither, as published.
    /// </summary><value>null</value>
    public double? ContrastiveBias { get; init; }

    /// <summary>Grounding DINO T as published (<c>groundingdino_swint_ogc.pth</c>).</summary>
    public static GroundingDinoConfig SwinTiny =>
        new() { Backbone = new ImageEncoderConfig { Swin = SwinConfig.Tiny224 } };

    /// <summary>Grounding DINO B as published (<c>groundingdino_swinb_cogcoor.pth</c>).</summary>
    public static GroundingDinoConfig SwinBase =>
        new() { Backbone = new ImageEncoderConfig { Swin = SwinConfig.Base384 } };

    /// <summary>How many of the backbone's maps are used.</summary>
    internal int BackboneLevels => FinestStride switch { 8 => 3, 16 => 2, _ => 1 };

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        foreach (var fault in Backbone.Faults())
            yield return $"backbone.{fault}";
        if (Backbone.EfficientNetLite is null && Backbone.Swin is null)
            yield return "backbone: expected efficient_net_lite or swin";
        if (Backbone.Swin is { Depths.Count: < 3 })
            yield return "backbone.swin.depths: expected at least three stages";
        if (Text.EncoderWidth is not null || Text.Layers is < 1 or > MostLayers || Text.Heads < 1
            || Text.HiddenSize is < 1 or > MostWidth
            || Text.HiddenSize % Math.Max(1, Text.Heads) != 0 || Text.IntermediateSize is < 1 or > MostWidth
            || Text.VocabularySize is < 1 or > 1 << 22 || Text.MaxPositions is < 1 or > 1 << 16
                || Text.TokenTypes is < 0 or > 16)
            yield return "text: sizes are out of range, or heads are no divisor of hidden_size";
        foreach (var (name, value, most) in new (string, long, long)[]
        {
            ("hidden_size", HiddenSize, MostWidth), ("heads", Heads, HiddenSize),
            ("feed_forward_size", FeedForwardSize, MostWidth),
            ("fusion_size", FusionSize, MostWidth), ("fusion_heads", FusionHeads, FusionSize),
            ("text_heads", TextHeads, HiddenSize),
            ("text_feed_forward_size", TextFeedForwardSize, MostWidth), ("encoder_layers", EncoderLayers, MostLayers),
            ("decoder_layers", DecoderLayers, MostLayers), ("queries", Queries, MostQueries), ("levels", Levels, 8),
            ("points", Points, 64),
            ("norm_groups", NormGroups, HiddenSize), ("max_text_tokens", MaxTextTokens, Text.MaxPositions),
        })
        {
            if (value < 1 || value > most)
                yield return $"{name}: expected 1 to {most}, got {value}";
        }
        if (FinestStride is not (8 or 16 or 32))
            yield return $"finest_stride: expected 8, 16 or 32, got {FinestStride}";
        else if (Levels < BackboneLevels)
            yield return $"levels: expected {BackboneLevels} or more with finest_stride {FinestStride}, got {Levels}";
        foreach (var (name, value, whole) in new[]
        {
            ("heads", Heads, HiddenSize), ("text_heads", TextHeads, HiddenSize),
            ("fusion_heads", FusionHeads, FusionSize), ("norm_groups", NormGroups, HiddenSize),
        })
        {
            if (value > 0 && whole % value != 0)
                yield return $"{name}: expected a divisor of {whole}, got {value}";
        }
        if (HiddenSize % 4 != 0)
            yield return $"hidden_size: expected a multiple of 4, got {HiddenSize}";
        if (!(PositionTemperature > 0))
            yield return $"position_temperature: expected above 0, got {PositionTemperature}";
        if (!(FusionDropPath is >= 0 and < 1))
            yield return $"fusion_drop_path: expected 0 to below 1, got {FusionDropPath}";
        if (!(Dropout is >= 0 and < 1))
            yield return $"dropout: expected 0 to below 1, got {Dropout}";
        if (!(BoxEpsilon is > 0 and < 0.5))
            yield return $"box_epsilon: expected above 0, below 0.5, got {BoxEpsilon}";
        if (ContrastiveBias is { } bias && !double.IsFinite(bias))
            yield return $"contrastive_bias: expected a number or null, got {bias}";
    }
}
