// RAM: recognises any tag whose name CLIP's text encoder can embed.
// Paper: Zhang et al., "Recognize Anything: A Strong Image Tagging Model", 2023.
// Reference code: github.com/xinyu1205/recognize-anything@7cb804a, ram/models/ram.py.
// Difference: captions, whose weights the published checkpoint holds though its class does not expose them.
using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Models.Ram;

/// <summary>
/// RAM (Zhang et al., 2023): as <see cref="Tag2TextModel"/>, but a tag's query is made of CLIP's embedding of its name,
/// so tags outside the vocabulary can be recognised too.
/// </summary>
public sealed class RamModel : TaggingModel, ICaptioningModel
{
    private readonly Linear imageProjection;
    private readonly Parameter labelEmbeddings;
    private readonly Linear wordProjection;
    private readonly Linear classifier;
    private readonly BertModel? tagEncoder;
    private readonly BertLanguageModel? textDecoder;
    private Tensor? foldedQueries;

    /// <summary>A model of the config's sizes.</summary>
    public RamModel(RamConfig config)
    {
        Config = config;
        var embedding = config.EmbeddingSize;
        labelEmbeddings = AddParameter("label_embed",
            Initial.Normal([config.Tags, embedding], 1 / Math.Sqrt(embedding)), isTrainable: false);
        VisualEncoder = Add("visual_encoder", config.ImageEncoder.Build());
        imageProjection = Add("image_proj", new Linear(VisualEncoder.Width, embedding));
        var text = new BertConfig
        {
            HiddenSize = config.HiddenSize, Heads = config.Heads, IntermediateSize = config.IntermediateSize,
            VocabularySize = config.VocabularySize, MaxPositions = config.MaxPositions, Dropout = config.Dropout,
        };
        if (config.HasCaptions)
        {
            tagEncoder = Add("tag_encoder",
                new BertModel(text with { Layers = config.TagEncoderLayers, EncoderWidth = embedding }));
            textDecoder = Add("text_decoder",
                new BertLanguageModel(text with { Layers = config.TextDecoderLayers,
                    EncoderWidth = config.HiddenSize }));
        }
        TaggingHead = Add("tagging_head", tagEncoder is not null
            ? new TaggingHead(tagEncoder, config.TaggingHeadLayers, config.TaggingHeadHeads)
            : new TaggingHead(text with { Heads = config.TaggingHeadHeads, Layers = config.TaggingHeadLayers,
                EncoderWidth = embedding }));
        wordProjection = Add("wordvec_proj", new Linear(embedding, config.HiddenSize));
        classifier = Add("fc", new Linear(config.HiddenSize, 1));
    }

    /// <summary>The sizes.</summary>
    public RamConfig Config { get; }

    /// <inheritdoc/>
    public override ImageEncoder VisualEncoder { get; }

    /// <inheritdoc/>
    public override long TokenWidth => Config.EmbeddingSize;

    /// <inheritdoc/>
    public override int TagCount => Config.Tags;

    /// <inheritdoc/>
    public override Device Device => labelEmbeddings.Value.Device;

    /// <inheritdoc/>
    public override ICaptioningModel? Captioner => Config.HasCaptions ? this : null;

    /// <inheritdoc/>
    public override OpenSetShape? OpenSet => new(Config.EmbeddingSize, IsOfDescriptions: false);

    long ICaptioningModel.VocabularySize => Config.VocabularySize;

    long ICaptioningModel.MaxPositions => Config.MaxPositions;

    int ICaptioningModel.TagTokens => Config.TagTokens;

    string ICaptioningModel.Prompt => Config.Prompt;

    /// <summary>The image-tag interaction encoder.</summary>
    /// <exception cref="InvalidOperationException">The config leaves captions out.</exception>
    public BertModel TagEncoder => tagEncoder ?? throw NoCaptions();

    /// <summary>The image-tag-text generation decoder.</summary>
    /// <exception cref="InvalidOperationException">The config leaves captions out.</exception>
    public BertLanguageModel TextDecoder => textDecoder ?? throw NoCaptions();

    /// <summary>The image-tag recognition decoder.</summary>
    public TaggingHead TaggingHead { get; }

    /// <summary>CLIP's embeddings of the tags' names, (K, embedding).</summary>
    public Parameter LabelEmbeddings => labelEmbeddings;

    /// <inheritdoc/>
    public override Tensor ProjectTokens(Tensor encoderTokens) => imageProjection.Forward(encoderTokens);

    /// <inheritdoc/>
    public override Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        if (ids is not null)
            return scope.Return(OpenSetLogits(imageTokens, labelEmbeddings.Value.IndexSelect(0, ids), intermediates));
        var queries = foldedQueries ?? Queries(labelEmbeddings.Value);
        return scope.Return(
            Classify(TaggingHead.Forward(queries, imageTokens, intermediates, areFolded: foldedQueries is not null)));
    }

    /// <summary>As <see cref="TagLogits"/> for any tags by CLIP's embeddings of their names (K, embedding).</summary>
    public override Tensor OpenSetLogits(Tensor imageTokens, Tensor embeddings, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Classify(TaggingHead.Forward(Queries(embeddings), imageTokens, intermediates)));
    }

    /// <inheritdoc/>
    public override Tensor WhereSeen(Tensor imageTokens, Tensor ids)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(OpenSetWhereSeen(imageTokens, labelEmbeddings.Value.IndexSelect(0, ids)));
    }

    /// <inheritdoc/>
    public override Tensor OpenSetWhereSeen(Tensor imageTokens, Tensor embeddings)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(TaggingHead.WhereLooked(Queries(embeddings), imageTokens));
    }

    /// <summary>What the recognition decoder asks with, for embeddings (K, embedding): (1, K, hidden).</summary>
    public Tensor Queries(Tensor embeddings)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(wordProjection.Forward(embeddings).Relu().Unsqueeze(0));
    }

    /// <summary>
    /// Tags as token ids (B, T), int64, beginning with [ENC], with their mask, mixed with the image tokens (B, N, C):
    /// what the decoder looks at, (B, T, hidden). Padding is part of it, as in the published model.
    /// </summary>
    public Tensor EncodeTags(Tensor tagIds, Tensor mask, Tensor imageTokens) =>
        TagEncoder.Encode(tagIds, mask, imageTokens);

    /// <summary>
    /// How far the projected token of the whole picture is from CLIP's embedding of the picture (B, embedding): the
    /// mean absolute difference, as both come, not normalised.
    /// </summary>
    public static Tensor DistillationLoss(Tensor imageTokens, Tensor clipEmbeddings)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((imageTokens.Select(1, 0) - clipEmbeddings).Abs().Mean());
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        foldedQueries?.Dispose();
        foldedQueries = TensorScope.Detach(Queries(labelEmbeddings.Value));
        TaggingHead.FoldQueries(foldedQueries);
    }

    private static InvalidOperationException NoCaptions() =>
        new("the model was made for tagging alone: its config leaves captions out");

    private Tensor Classify(Tensor x) => classifier.Forward(x).Squeeze(-1); // (B, K)

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foldedQueries?.Dispose();
        base.Dispose(disposing);
    }
}
