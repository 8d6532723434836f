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
/// RAM (Zhang et al., 2023): as <see cref="Tag2TextModel"/>, but a tag's query is made of CLIP's embedding of its name, so
/// tags outside the vocabulary can be recognised too.
/// </summary>
public sealed class RamModel : Module
{
    private readonly Linear imageProjection;
    private readonly Parameter labelEmbeddings;
    private readonly Linear wordProjection;
    private readonly Linear classifier;
    private Tensor? foldedQueries;

    /// <summary>A model of the config's sizes.</summary>
    public RamModel(RamConfig config)
    {
        Config = config;
        var embedding = config.EmbeddingSize;
        labelEmbeddings = AddParameter("label_embed", Initial.Normal([config.Tags, embedding], 1 / Math.Sqrt(embedding)), isTrainable: false);
        VisualEncoder = Add("visual_encoder", config.ImageEncoder.Build());
        imageProjection = Add("image_proj", new Linear(VisualEncoder.Width, embedding));
        var text = new BertConfig
        {
            HiddenSize = config.HiddenSize, Heads = config.Heads, IntermediateSize = config.IntermediateSize,
            VocabularySize = config.VocabularySize, MaxPositions = config.MaxPositions, Dropout = config.Dropout,
        };
        TagEncoder = Add("tag_encoder", new BertModel(text with { Layers = config.TagEncoderLayers, EncoderWidth = embedding }));
        TextDecoder = Add("text_decoder",
            new BertLanguageModel(text with { Layers = config.TextDecoderLayers, EncoderWidth = config.HiddenSize }));
        TaggingHead = Add("tagging_head", new TaggingHead(TagEncoder, config.TaggingHeadLayers, config.TaggingHeadHeads));
        wordProjection = Add("wordvec_proj", new Linear(embedding, config.HiddenSize));
        classifier = Add("fc", new Linear(config.HiddenSize, 1));
    }

    /// <summary>The sizes.</summary>
    public RamConfig Config { get; }

    /// <summary>Pixels to tokens.</summary>
    public ImageEncoder VisualEncoder { get; }

    /// <summary>The image-tag interaction encoder.</summary>
    public BertModel TagEncoder { get; }

    /// <summary>The image-tag-text generation decoder.</summary>
    public BertLanguageModel TextDecoder { get; }

    /// <summary>The image-tag recognition decoder.</summary>
    public TaggingHead TaggingHead { get; }

    /// <summary>CLIP's embeddings of the tags' names, (K, embedding).</summary>
    public Parameter LabelEmbeddings => labelEmbeddings;

    /// <summary>Normalised pixels (B, 3, S, S) to image tokens (B, N, embedding).</summary>
    public Tensor EncodeImages(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(imageProjection.Forward(VisualEncoder.Forward(pixels)));
    }

    /// <summary>
    /// Image tokens (B, N, embedding) to tag logits (B, K). <paramref name="ids"/> (int64): only these tags, in their
    /// order, in proportionally less time. With <paramref name="intermediates"/> the head's layer outputs are put there.
    /// </summary>
    public Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        if (ids is not null)
            return scope.Return(OpenSetLogits(imageTokens, labelEmbeddings.Value.IndexSelect(0, ids), intermediates));
        var queries = foldedQueries ?? Queries(labelEmbeddings.Value);
        return scope.Return(Classify(TaggingHead.Forward(queries, imageTokens, intermediates, areFolded: foldedQueries is not null)));
    }

    /// <summary>As <see cref="TagLogits"/> for any tags by CLIP's embeddings of their names (K, embedding).</summary>
    public Tensor OpenSetLogits(Tensor imageTokens, Tensor embeddings, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Classify(TaggingHead.Forward(Queries(embeddings), imageTokens, intermediates)));
    }

    /// <summary>What the recognition decoder asks with, for embeddings (K, embedding): (1, K, hidden).</summary>
    public Tensor Queries(Tensor embeddings)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(wordProjection.Forward(embeddings).Relu().Unsqueeze(0));
    }

    /// <summary>
    /// Tags as token ids (B, T), int64, beginning with [ENC], with their mask, mixed with the image tokens (B, N, C): what
    /// the decoder looks at, (B, T, hidden). Padding is part of it, as in the published model.
    /// </summary>
    public Tensor EncodeTags(Tensor tagIds, Tensor mask, Tensor imageTokens) => TagEncoder.Encode(tagIds, mask, imageTokens);

    /// <summary>
    /// How far the projected token of the whole picture is from CLIP's embedding of the picture (B, embedding): the mean
    /// absolute difference, as both come, not normalised.
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

    private Tensor Classify(Tensor x) => classifier.Forward(x).Squeeze(-1); // (B, K)

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foldedQueries?.Dispose();
        base.Dispose(disposing);
    }
}
