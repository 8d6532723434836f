// RAM++: a tag's query is made of many descriptions of it, weighed for each picture.
// Paper: Huang et al., "Open-Set Image Tagging with Multi-Grained Text Supervision", 2023.
// Reference code: github.com/xinyu1205/recognize-anything@7cb804a, ram/models/ram_plus.py.
// Difference: all pictures and tags are re-weighted together, where the reference goes picture by picture.
using Gloss.Models.Bert;
using Gloss.Models.Layers;
using Gloss.Models.Tag2Text;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.RamPlus;

/// <summary>
/// RAM++ (Huang et al., 2023): recognises tags by descriptions. Each picture gives more weight to the descriptions that
/// CLIP's space puts near it. Has no captioning.
/// </summary>
public sealed class RamPlusModel : TaggingModel
{
    private readonly Parameter descriptions;
    private readonly Parameter reweightScale;
    private readonly Linear imageProjection;
    private readonly Linear wordProjection;
    private readonly Linear classifier;
    private readonly Lock narrowing = new();
    private readonly StoredTensor?[] narrowed = new StoredTensor?[3];
    private bool isPrepared;

    /// <summary>A model of the config's sizes.</summary>
    public RamPlusModel(RamPlusConfig config)
    {
        Config = config;
        var embedding = config.EmbeddingSize;
        descriptions = AddParameter("label_embed",
            Initial.Normal([config.Tags * (long)config.TextsPerTag, embedding], 1 / Math.Sqrt(embedding)),
            isTrainable: false);
        descriptions.MayStayStored = true;
        reweightScale = AddParameter("reweight_scale", Tensors.Full([], Math.Log(1 / 0.07)));
        VisualEncoder = Add("visual_encoder", config.ImageEncoder.Build());
        imageProjection = Add("image_proj", new Linear(VisualEncoder.Width, embedding));
        TaggingHead = Add("tagging_head", new TaggingHead(new BertConfig
        {
            HiddenSize = config.HiddenSize, Heads = config.TaggingHeadHeads, IntermediateSize = config.IntermediateSize,
            Layers = config.TaggingHeadLayers, EncoderWidth = embedding, Dropout = config.Dropout,
        }));
        wordProjection = Add("wordvec_proj", new Linear(embedding, config.HiddenSize));
        classifier = Add("fc", new Linear(config.HiddenSize, 1));
    }

    /// <summary>The sizes.</summary>
    public RamPlusConfig Config { get; }

    /// <inheritdoc/>
    public override ImageEncoder VisualEncoder { get; }

    /// <inheritdoc/>
    public override long TokenWidth => Config.EmbeddingSize;

    /// <inheritdoc/>
    public override int TagCount => Config.Tags;

    /// <inheritdoc/>
    public override Device Device => reweightScale.Value.Device;

    /// <inheritdoc/>
    public override OpenSetShape? OpenSet => new(Config.EmbeddingSize, IsOfDescriptions: true);

    /// <summary>The image-tag recognition decoder.</summary>
    public TaggingHead TaggingHead { get; }

    /// <summary>CLIP's embeddings of the tags' descriptions, tag by tag, (K · texts, embedding).</summary>
    public Parameter Descriptions => descriptions;

    /// <inheritdoc/>
    public override Tensor ProjectTokens(Tensor encoderTokens) => imageProjection.Forward(encoderTokens);

    /// <inheritdoc/>
    public override Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Classify(TaggingHead.Forward(QueriesOf(imageTokens, ids), imageTokens, intermediates)));
    }

    /// <summary>
    /// As <see cref="TagLogits"/> for any tags by CLIP's normalised embeddings of their descriptions (K, texts,
    /// embedding).
    /// </summary>
    public override Tensor OpenSetLogits(Tensor imageTokens, Tensor embeddings, IList<Tensor>? intermediates = null)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(
            Classify(TaggingHead.Forward(Queries(imageTokens, embeddings), imageTokens, intermediates)));
    }

    /// <inheritdoc/>
    public override Tensor WhereSeen(Tensor imageTokens, Tensor ids)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(TaggingHead.WhereLooked(QueriesOf(imageTokens, ids), imageTokens));
    }

    /// <inheritdoc/>
    public override Tensor OpenSetWhereSeen(Tensor imageTokens, Tensor embeddings)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(TaggingHead.WhereLooked(Queries(imageTokens, embeddings), imageTokens));
    }

    /// <summary>
    /// How well each text describes each picture, by the recognition decoder: texts by CLIP's normalised embeddings
    /// (M, embedding) to logits (B, M).
    /// </summary>
    public Tensor TextLogits(Tensor imageTokens, Tensor textEmbeddings)
    {
        using var scope = TensorScope.Begin();
        var queries = wordProjection.Forward(textEmbeddings).Relu().Unsqueeze(0); // (1, M, hidden)
        return scope.Return(Classify(TaggingHead.Forward(queries, imageTokens)));
    }

    /// <summary>
    /// How much each description of a tag counts for each picture: softmax over the texts, (B, K, texts).
    /// </summary>
    public Tensor DescriptionWeights(Tensor imageTokens, Tensor texts)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(DescriptionLogits(imageTokens, texts).Softmax(-1));
    }

    /// <summary>
    /// Scaled products of the pictures' normalised first tokens with the texts' embeddings, (B, K, texts).
    /// </summary>
    internal Tensor DescriptionLogits(Tensor imageTokens, Tensor texts)
    {
        using var scope = TensorScope.Begin();
        var (K, T, C) = (texts.Size(0), texts.Size(1), texts.Size(2));
        var products = Pictures(imageTokens).MatMul(texts.Reshape(K * T, C).Transpose(0, 1)); // (B, K · texts)
        return scope.Return((reweightScale.Value.Exp() * products).Reshape(-1, K, T));
    }

    /// <summary>The weighted means of the tags' descriptions, (B, K, embedding).</summary>
    internal Tensor Reweighted(Tensor imageTokens, Tensor texts)
    {
        using var scope = TensorScope.Begin();
        if (CanFuse(imageTokens, texts) && texts.Type == ScalarType.Float32)
            return scope.Return(Fused(imageTokens, texts.Reshape(-1, texts.Size(2)), null, texts.Size(1), null));
        var weights = DescriptionWeights(imageTokens, texts).Transpose(0, 1); // (K, B, texts)
        return scope.Return(weights.BatchMatMul(texts).Transpose(0, 1)); // (B, K, embedding)
    }

    /// <summary>What the recognition decoder asks with, (B, K, hidden).</summary>
    internal Tensor Queries(Tensor imageTokens, Tensor texts)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(wordProjection.Forward(Reweighted(imageTokens, texts)).Relu());
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var copy in narrowed)
            copy?.Dispose();
        base.Dispose(disposing);
    }

    // Those of the vocabulary's tags; ids (K): only of these.
    private Tensor QueriesOf(Tensor imageTokens, Tensor? ids)
    {
        using var scope = TensorScope.Begin();
        if (CanFuse(imageTokens, descriptions.Kept.Values))
        {
            var (values, scales) = KeptDescriptions();
            var means = Fused(imageTokens, values, scales, Config.TextsPerTag, ids); // (B, K, C)
            return scope.Return(wordProjection.Forward(means).Relu());
        }
        var texts = descriptions.Value.Reshape(-1, Config.TextsPerTag, Config.EmbeddingSize); // (K, texts, C)
        return scope.Return(Queries(imageTokens, ids is null ? texts : texts.IndexSelect(0, ids)));
    }

    // In the numbers that products are of now, or in narrower ones where they are stored so: they are most of what a
    // full-size model keeps beside its layers.
    private (Tensor Values, Tensor? Scales) KeptDescriptions()
    {
        var precision = Precision.Products;
        lock (narrowing)
        {
            var copy = narrowed[(int)precision] ??= StoredTensor.Narrowed(descriptions.Kept.Values, precision);
            return copy is null ? descriptions.Kept : (copy.Values, copy.Scales);
        }
    }

    // As Reweighted, without the weights.
    private Tensor Fused(Tensor imageTokens, Tensor values, Tensor? scales, long texts, Tensor? ids)
    {
        using var scope = TensorScope.Begin();
        var factor = (float)Math.Exp(reweightScale.Value.ToDouble());
        return scope.Return(FusedReweighting.Means(values, scales, texts, Pictures(imageTokens), factor, ids));
    }

    private bool CanFuse(Tensor imageTokens, Tensor texts) =>
        isPrepared && FusedReweighting.CanRun(imageTokens) && FusedReweighting.CanRead(texts);

    // The pictures' normalised first tokens, (B, C).
    private static Tensor Pictures(Tensor imageTokens)
    {
        using var scope = TensorScope.Begin();
        var image = imageTokens.Select(1, 0);
        return scope.Return(image / image.Norm([-1], keep: true));
    }

    private Tensor Classify(Tensor x) => classifier.Forward(x).Squeeze(-1); // (B, K)
}
