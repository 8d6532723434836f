using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// Tag2Text (Huang et al., ICLR 2024): recognises the tags of a picture, and captions it guided by tags. Reference
/// code: xinyu1205/recognize-anything at 7cb804a. Beyond it: other image encoders, a projection of the image tokens,
/// and a recognition decoder of its own, each where the config says so.
/// </summary>
public sealed class Tag2TextModel : TaggingModel, ICaptioningModel
{
    private readonly Linear? imageProjection;
    private readonly Embedding labels;
    private readonly GroupWiseLinear classifier;
    private readonly BertModel? tagEncoder;
    private readonly BertLanguageModel? textDecoder;

    /// <summary>A model of the config's sizes.</summary>
    public Tag2TextModel(Tag2TextConfig config)
    {
        Config = config;
        VisualEncoder = Add("visual_encoder", config.ImageEncoder.Build());
        imageProjection = config.ImageProjection is { } width
            ? Add("image_proj", new Linear(VisualEncoder.Width, width)) : null;
        TokenWidth = config.ImageProjection ?? VisualEncoder.Width;
        var text = new BertConfig
        {
            HiddenSize = config.HiddenSize, Heads = config.Heads, IntermediateSize = config.IntermediateSize,
            VocabularySize = config.VocabularySize, MaxPositions = config.MaxPositions, Dropout = config.Dropout,
        };
        if (config.HasCaptions)
        {
            tagEncoder = Add("tag_encoder",
                new BertModel(text with { Layers = config.TagEncoderLayers, EncoderWidth = TokenWidth }));
            textDecoder = Add("text_decoder",
                new BertLanguageModel(text with { Layers = config.TextDecoderLayers,
                    EncoderWidth = config.HiddenSize }));
        }

        if (config.Alignment is { } alignment)
            Alignment = Add("alignment", new AlignmentBranch(alignment, text, TokenWidth, TextDecoder.Bert, Seen));
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
        ClassEvidence = config.Classes is { } classes
            ? Add("class_evidence", new ClassEvidence(VisualEncoder.Width, TokenWidth, classes, config.Tags)) : null;
    }

    /// <summary>The sizes.</summary>
    public Tag2TextConfig Config { get; }

    /// <inheritdoc/>
    public override ImageEncoder VisualEncoder { get; }

    /// <summary>The image-tag interaction encoder.</summary>
    /// <exception cref="InvalidOperationException">The config leaves captions out.</exception>
    public BertModel TagEncoder => tagEncoder ?? throw NoCaptions();

    /// <summary>The image-tag-text generation decoder.</summary>
    /// <exception cref="InvalidOperationException">The config leaves captions out.</exception>
    public BertLanguageModel TextDecoder => textDecoder ?? throw NoCaptions();

    /// <summary>The image-text alignment branch; null where the config has none.</summary>
    public AlignmentBranch? Alignment { get; }

    /// <summary>The image-tag recognition decoder.</summary>
    public TaggingHead TaggingHead { get; }

    /// <summary>What classes say of the tags; null where the config has none.</summary>
    public ClassEvidence? ClassEvidence { get; }

    /// <inheritdoc/>
    public override long TokenWidth { get; }

    /// <inheritdoc/>
    public override int TagCount => Config.Tags;

    /// <inheritdoc/>
    public override Device Device => Labels.Value.Device;

    /// <inheritdoc/>
    public override ICaptioningModel? Captioner => Config.HasCaptions ? this : null;

    long ICaptioningModel.VocabularySize => Config.VocabularySize;

    long ICaptioningModel.MaxPositions => Config.MaxPositions;

    int ICaptioningModel.TagTokens => Config.TagTokens;

    string ICaptioningModel.Prompt => Config.Prompt;

    /// <summary>The learned queries of the tags, (K, C).</summary>
    public Parameter Labels => labels.Weight;

    /// <inheritdoc/>
    /// <remarks>With classes, rows that carry their probabilities follow the tokens; only tags see them.</remarks>
    public override Tensor ProjectTokens(Tensor encoderTokens)
    {
        if (ClassEvidence is null)
            return imageProjection?.Forward(encoderTokens) ?? encoderTokens;
        using var scope = TensorScope.Begin();
        var tokens = imageProjection?.Forward(encoderTokens) ?? encoderTokens;
        return scope.Return(TensorShape.Concatenate(1, tokens, ClassEvidence.Rows(encoderTokens).To(tokens.Type)));
    }

    /// <inheritdoc/>
    public override Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        var logits = classifier.Forward(
            TaggingHead.Forward(Queries(ids), Seen(imageTokens), intermediates, areFolded: ids is null), ids);
        return scope.Return(ClassEvidence is null ? logits : logits + ClassEvidence.Forward(imageTokens, ids));
    }

    /// <inheritdoc/>
    public override Tensor WhereSeen(Tensor imageTokens, Tensor ids)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(TaggingHead.WhereLooked(Queries(ids), Seen(imageTokens)));
    }

    /// <summary>
    /// Tags as token ids (B, T), int64, beginning with [ENC], with their mask, mixed with the image tokens (B, N, C):
    /// what the decoder looks at, (B, T, hidden), padding included, as in the published model; (B, T + N, hidden) where
    /// it sees the image tokens too. Several rows of tags may follow each other for each picture.
    /// </summary>
    public Tensor EncodeTags(Tensor tagIds, Tensor mask, Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        var tokens = Seen(imageTokens);
        var mixed = TagEncoder.Encode(tagIds, mask, tokens);
        if (!Config.DecoderSeesImage)
            return scope.Return(mixed);
        var (rows, pictures) = (mixed.Size(0), tokens.Size(0));
        var seen = rows == pictures ? tokens : tokens.RepeatInterleave(rows / pictures, 0);
        return scope.Return(TensorShape.Concatenate(1, mixed, seen));
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        TaggingHead.FoldQueries(Queries(null));
    }

    /// <summary>
    /// Image tokens (B, N, C) of no picture, all zeros, for texts alone.
    /// </summary>
    internal Tensor NoImage(long pictures) =>
        Tensors.Zeros([pictures, 1 + (ClassEvidence?.RowCount ?? 0), TokenWidth], device: Device);

    // What all parts but the evidence see.
    private Tensor Seen(Tensor imageTokens) => ClassEvidence is null ? imageTokens
        : imageTokens.Narrow(1, 0, imageTokens.Size(1) - ClassEvidence.RowCount);

    private static InvalidOperationException NoCaptions() =>
        new("the model was made for tagging alone: its config leaves captions out");

    private Tensor Queries(Tensor? ids)
    {
        using var scope = TensorScope.Begin();
        var rows = ids is null ? Labels.Value : Labels.Value.IndexSelect(0, ids);
        return scope.Return(rows.Unsqueeze(0)); // (1, K, C)
    }
}
