using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Bert;

/// <summary>
/// One BERT layer: self-attention, cross-attention where the config has an encoder width, feed-forward; each with its
/// residual and post-norm. Either attention can be left out of a pass, as MED's modes do.
/// </summary>
public sealed class BertLayer : Module
{
    private readonly long heads;
    private readonly double dropout;
    private readonly BertAttention? selfAttention;
    private readonly BertAttention? crossAttention;
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly LayerNorm norm;

    /// <summary>
    /// A layer of the config's sizes; without self-attention it is Query2Label's decoder layer of the RAM family.
    /// </summary>
    public BertLayer(BertConfig config, bool hasSelfAttention = true)
    {
        heads = config.Heads;
        dropout = config.Dropout;
        selfAttention = hasSelfAttention ? Add("attention", new BertAttention(config, config.HiddenSize)) : null;
        crossAttention = config.EncoderWidth is { } width
            ? Add("crossattention", new BertAttention(config, width)) : null;
        intermediate = Add("intermediate.dense", new Linear(config.HiddenSize, config.IntermediateSize));
        output = Add("output.dense", new Linear(config.IntermediateSize, config.HiddenSize));
        norm = Add("output.LayerNorm", new LayerNorm(config.HiddenSize, config.LayerNormEpsilon));
    }

    /// <summary>A layer with the cross-attention (the same parameters) of another one, as wide as it.</summary>
    public BertLayer(BertConfig config, BertLayer crossFrom) : this(config with { EncoderWidth = null }) =>
        crossAttention = Add("crossattention", crossFrom.crossAttention
            ?? throw new ArgumentException("the layer has no cross-attention to share", nameof(crossFrom)));

    /// <summary>
    /// The same cross-attention and feed-forward (the same parameters) with another number of heads and without
    /// self-attention: how the RAM family's tagging head shares the first layers of its tag encoder.
    /// </summary>
    public BertLayer(BertLayer shared, long heads)
    {
        this.heads = heads;
        dropout = shared.dropout;
        crossAttention = Add("crossattention", shared.crossAttention
            ?? throw new ArgumentException("the shared layer has no cross-attention", nameof(shared)));
        intermediate = Add("intermediate.dense", shared.intermediate);
        output = Add("output.dense", shared.output);
        norm = Add("output.LayerNorm", shared.norm);
    }

    /// <summary>Whether it has cross-attention.</summary>
    public bool HasCrossAttention => crossAttention is not null;

    /// <summary>Keys and values of what cross-attention looks at, (B, T, encoder width).</summary>
    public KeysValues ProjectContext(Tensor context) => Cross.Project(context, heads);

    /// <summary>Keys and values of new tokens for self-attention, (B, T, C).</summary>
    public KeysValues ProjectSelf(Tensor x) => Self.Project(x, heads);

    /// <summary>
    /// Queries of cross-attention for x (B, T, C), which a constant x needs only once: (B, heads, T, D).
    /// </summary>
    public Tensor CrossQueries(Tensor x) => Cross.Queries(x, heads);

    /// <summary>
    /// (B, T, C) to (B, T, C). <paramref name="self"/>: keys and values of all tokens so far; null leaves
    /// self-attention out. <paramref name="context"/>: of what is looked at; null leaves cross-attention out; with
    /// fewer rows than x, as many rows of x in sequence share a row of it. Masks are added to scores.
    /// <paramref name="crossQueries"/>: known queries.
    /// </summary>
    public Tensor Forward(Tensor x, KeysValues? self, Tensor? selfMask, KeysValues? context, Tensor? contextMask = null,
        Tensor? crossQueries = null)
    {
        using var scope = TensorScope.Begin();
        if (self is not null)
            x = Self.Forward(x, self, heads, selfMask);
        if (context is not null)
        {
            var (B, T, C) = (x.Size(0), x.Size(1), x.Size(2));
            var rows = context.Keys.Size(0);
            x = rows == B || B == 1
                ? Cross.Forward(x, context, heads, contextMask, crossQueries)
                : Cross.Forward(x.Reshape(rows, B / rows * T, C), context, heads, contextMask).Reshape(B, T, C);
        }
        return scope.Return(norm.Forward(IsTraining && dropout > 0
            ? output.Forward(intermediate.Forward(x, LinearActivation.Gelu)).Dropout(dropout, true) + x
            : Linear.ForwardPair(intermediate, output, x, LinearActivation.Gelu, x)));
    }

    /// <summary>Cross-attention's weights for x (B, T, C): (B, heads, T, keys).</summary>
    public Tensor CrossWeights(Tensor x, KeysValues context)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Attention.Weights(Cross.Queries(x, heads), context.Keys));
    }

    private BertAttention Self => selfAttention
        ?? throw new InvalidOperationException("the layer has no self-attention");

    private BertAttention Cross => crossAttention
        ?? throw new InvalidOperationException("the layer has no cross-attention");
}
