using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// Tag2Text (Huang et al., ICLR 2024): recognises the tags of a picture, and captions it guided by tags. Reference code:
/// xinyu1205/recognize-anything at 7cb804a. Beyond it: other image encoders, a projection of the image tokens, and a
/// recognition decoder of its own, each where the config says so.
/// </summary>
public sealed class Tag2TextModel : Module
{
    private readonly Linear? imageProjection;
    private readonly Embedding labels;
    private readonly GroupWiseLinear classifier;

    /// <summary>A model of the config's sizes.</summary>
    public Tag2TextModel(Tag2TextConfig config)
    {
        Config = config;
        VisualEncoder = Add("visual_encoder", config.ImageEncoder.Build());
        imageProjection = config.ImageProjection is { } width ? Add("image_proj", new Linear(VisualEncoder.Width, width)) : null;
        TokenWidth = config.ImageProjection ?? VisualEncoder.Width;
        var text = new BertConfig
        {
            HiddenSize = config.HiddenSize, Heads = config.Heads, IntermediateSize = config.IntermediateSize,
            VocabularySize = config.VocabularySize, MaxPositions = config.MaxPositions, Dropout = config.Dropout,
        };
        TagEncoder = Add("tag_encoder", new BertModel(text with { Layers = config.TagEncoderLayers, EncoderWidth = TokenWidth }));
        TextDecoder = Add("text_decoder",
            new BertLanguageModel(text with { Layers = config.TextDecoderLayers, EncoderWidth = config.HiddenSize }));

        var head = config.TaggingHead;
        var labelWidth = head.IsShared ? config.HiddenSize : head.HiddenSize;
        TaggingHead = Add("tagging_head", head.IsShared
            ? new TaggingHead(TagEncoder, head.Layers, head.Heads)
            : new TaggingHead(text with
            {
                HiddenSize = head.HiddenSize, Heads = head.Heads, IntermediateSize = head.IntermediateSize,
                Layers = head.Layers, EncoderWidth = TokenWidth, Dropout = head.Dropout,
            }));
        labels = Add("label_embed", new Embedding(config.Tags, labelWidth));
        classifier = Add("fc", new GroupWiseLinear(config.Tags, labelWidth));
    }

    /// <summary>The sizes.</summary>
    public Tag2TextConfig Config { get; }

    /// <summary>Pixels to tokens.</summary>
    public ImageEncoder VisualEncoder { get; }

    /// <summary>The image-tag interaction encoder.</summary>
    public BertModel TagEncoder { get; }

    /// <summary>The image-tag-text generation decoder.</summary>
    public BertLanguageModel TextDecoder { get; }

    /// <summary>The image-tag recognition decoder.</summary>
    public TaggingHead TaggingHead { get; }

    /// <summary>Width of the image tokens that the text parts see.</summary>
    public long TokenWidth { get; }

    /// <summary>The learned queries of the tags, (K, C).</summary>
    public Parameter Labels => labels.Weight;

    /// <summary>Normalised pixels (B, 3, S, S) to image tokens (B, N, <see cref="TokenWidth"/>).</summary>
    public Tensor EncodeImages(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(ProjectTokens(VisualEncoder.Forward(pixels)));
    }

    /// <summary>The encoder's tokens (B, N, encoder width) to those that the text parts see.</summary>
    public Tensor ProjectTokens(Tensor encoderTokens) => imageProjection?.Forward(encoderTokens) ?? encoderTokens;

    /// <summary>
    /// Image tokens (B, N, C) to tag logits (B, K). <paramref name="ids"/> (int64): only these tags, in their order, in
    /// proportionally less time. With <paramref name="intermediates"/> the head's layer outputs are put there.
    /// </summary>
    public Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(classifier.Forward(TaggingHead.Forward(Queries(ids), imageTokens, intermediates, areFolded: ids is null), ids));
    }

    /// <summary>Where the model saw the tags <paramref name="ids"/> (int64): weights over image tokens (B, K, N), rows sum to 1.</summary>
    public Tensor WhereSeen(Tensor imageTokens, Tensor ids)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(TaggingHead.WhereLooked(Queries(ids), imageTokens));
    }

    /// <summary>
    /// Tags as token ids (B, T), int64, beginning with [ENC], with their mask, mixed with the image tokens (B, N, C): what
    /// the decoder looks at, (B, T, hidden). Padding is part of it, as in the published model.
    /// </summary>
    public Tensor EncodeTags(Tensor tagIds, Tensor mask, Tensor imageTokens) => TagEncoder.Encode(tagIds, mask, imageTokens);

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        TaggingHead.FoldQueries(Queries(null));
    }

    private Tensor Queries(Tensor? ids)
    {
        using var scope = TensorScope.Begin();
        var rows = ids is null ? Labels.Value : Labels.Value.IndexSelect(0, ids);
        return scope.Return(rows.Unsqueeze(0)); // (1, K, C)
    }
}
