using System.Globalization;
using Gloss.Models.Clip;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Models.Swin;
using Gloss.Models.Tag2Text;

namespace Gloss.Models.Published;

/// <summary>
/// The sizes that a checkpoint's weights tell, the others from <see cref="PublishedOptions"/>. A weight that tells a
/// size and is missing, or has another rank, leaves the published size: matching the weights to the model then reports
/// it.
/// </summary>
public sealed class PublishedSizes
{
    private const string Encoder = "visual_encoder.";
    private const long PicturePerWindow = 32;
    private readonly PublishedCheckpoint checkpoint;
    private readonly PublishedOptions options;

    /// <summary>Sizes of a checkpoint.</summary>
    public PublishedSizes(PublishedCheckpoint checkpoint, PublishedOptions options)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(options);
        (this.checkpoint, this.options) = (checkpoint, options);
    }

    /// <summary>Of a Tag2Text.</summary>
    public Tag2TextConfig Tag2Text()
    {
        var width = Size("label_embed.weight", 1, 2, 768);
        var inner = Size("tagging_head.encoder.layer.0.intermediate.dense.weight", 0, 2, 3072);
        return new Tag2TextConfig
        {
            ImageEncoder = Swin(128, [4, 8, 16, 32]), HasCaptions = checkpoint.HasCaptions, HiddenSize = width,
            Heads = options.TextHeads,
            IntermediateSize = inner, VocabularySize = Words(), MaxPositions = Positions(),
            TagEncoderLayers = TagEncoderLayers(), TextDecoderLayers = TextDecoderLayers(),
            TaggingHead = new TaggingHeadConfig
            {
                IsShared = checkpoint.HasCaptions, Layers = HeadLayers(), Heads = options.TaggingHeadHeads,
                HiddenSize = width, IntermediateSize = inner,
            },
            Tags = Tags("label_embed.weight", PublishedOptions.PublishedTags), Prompt = options.Prompt,
        };
    }

    /// <summary>Of a RAM.</summary>
    public RamConfig Ram() => new()
    {
        ImageEncoder = Swin(192, [6, 12, 24, 48]), HasCaptions = checkpoint.HasCaptions,
        EmbeddingSize = Size("label_embed", 1, 2, 512),
        HiddenSize = Size("wordvec_proj.weight", 0, 2, 768), Heads = options.TextHeads,
        IntermediateSize = Size("tagging_head.encoder.layer.0.intermediate.dense.weight", 0, 2, 3072),
        VocabularySize = Words(), MaxPositions = Positions(), TagEncoderLayers = TagEncoderLayers(),
        TextDecoderLayers = TextDecoderLayers(),
        TaggingHeadLayers = HeadLayers(), TaggingHeadHeads = options.TaggingHeadHeads, Tags = Tags("label_embed", 4585),
        Prompt = options.Prompt,
    };

    /// <summary>
    /// Of a RAM++; the number of descriptions a tag is the published one unless the options say otherwise.
    /// </summary>
    public RamPlusConfig RamPlus() => new()
    {
        ImageEncoder = Swin(192, [6, 12, 24, 48]), EmbeddingSize = Size("label_embed", 1, 2, 512),
        HiddenSize = Size("wordvec_proj.weight", 0, 2, 768),
        IntermediateSize = Size("tagging_head.encoder.layer.0.intermediate.dense.weight", 0, 2, 3072),
        TaggingHeadLayers = HeadLayers(), TaggingHeadHeads = options.TaggingHeadHeads,
        Tags = Tags("label_embed", 4585 * options.TextsPerTag) / options.TextsPerTag, TextsPerTag = options.TextsPerTag,
    };

    /// <summary>Of a CLIP.</summary>
    public ClipConfig Clip()
    {
        var patch = Size("visual.conv1.weight", 3, 4, 16);
        var places = Size("visual.positional_embedding", 0, 2, 197) - 1;
        return new ClipConfig
        {
            EmbeddingSize = Size("text_projection", 1, 2, 512), PatchSize = patch,
            ImageSize = (long)Math.Round(Math.Sqrt(places)) * patch,
            VisionWidth = Size("visual.conv1.weight", 0, 4, 768),
            VisionLayers = Count("visual.transformer.resblocks.", 12),
            TextWidth = Size("token_embedding.weight", 1, 2, 512), TextLayers = Count("transformer.resblocks.", 12),
            ContextLength = (int)Math.Min(Size("positional_embedding", 0, 2, 77), int.MaxValue),
            VocabularySize = Size("token_embedding.weight", 0, 2, 49408),
        };
    }

    private ImageEncoderConfig Swin(long embed, int[] heads)
    {
        var stages = Enumerable.Range(0, Count($"{Encoder}layers.", 4)).ToArray();
        var first = $"{Encoder}layers.0.blocks.0.";
        var rows = Size($"{first}attn.relative_position_bias_table", 0, 2, 23 * 23);
        var side = (long)Math.Round(Math.Sqrt(rows));
        var window = options.WindowSize
            ?? (side * side == rows && side % 2 == 1 ? RelativePosition.WindowOf(rows) : 12);
        var width = Size($"{Encoder}patch_embed.proj.weight", 0, 4, embed);
        var inner = Size($"{first}mlp.fc1.weight", 0, 2, 4 * width);
        return new ImageEncoderConfig
        {
            Swin = new SwinConfig
            {
                ImageSize = options.ImageSize ?? PicturePerWindow * window, WindowSize = window,
                PatchSize = Size($"{Encoder}patch_embed.proj.weight", 3, 4, 4), EmbedDim = width,
                Depths = [.. stages.Select(i => Count($"{Encoder}layers.{i}.blocks.", 2))],
                NumHeads = [.. stages.Select(i => (int)Math.Min(int.MaxValue,
                    Size($"{Encoder}layers.{i}.blocks.0.attn.relative_position_bias_table", 1, 2,
                        heads[Math.Min(i, heads.Length - 1)])))],
                // Widths are cut to whole numbers: only the config has a ratio such as 3.7 itself.
                MlpRatio = options.MlpRatio is { } ratio && (long)(width * ratio) == inner
                    ? ratio : inner / (double)Math.Max(1, width),
                NormEpsilon = options.SwinNormEpsilon,
            },
        };
    }

    private long Words() => Size("tag_encoder.embeddings.word_embeddings.weight", 0, 2, 30524);

    private long Positions() => Size("tag_encoder.embeddings.position_embeddings.weight", 0, 2, 512);

    private int TagEncoderLayers() => Count("tag_encoder.encoder.layer.", 12);

    private int TextDecoderLayers() => Count("text_decoder.bert.encoder.layer.", 12);

    private int HeadLayers() => Count("tagging_head.encoder.layer.", 2);

    private int Tags(string name, int published) => (int)Math.Min(int.MaxValue, Size(name, 0, 2, published));

    private long Size(string name, int dimension, int rank, long published) =>
        checkpoint.Weights.TryGetValue(name, out var weight) && weight.Shape.Length == rank
            ? weight.Shape[dimension] : published;

    private int Count(string prefix, int published)
    {
        var count = checkpoint.Names.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..].Split('.')[0])
                .Where(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Distinct(StringComparer.Ordinal).Count();
        return count > 0 ? count : published;
    }
}
