using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Bert;

/// <summary>
/// BERT's attention: projections, heads, output projection, residual and layer normalisation (post-norm).
/// </summary>
public sealed class BertAttention : Module
{
    // With few queries the scores are small, and what is fused does not matter.
    private const int LeastFused = 16;

    private readonly double dropout;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly LayerNorm norm;
    private bool isPrepared;

    /// <summary>
    /// Queries of the config's hidden size look at keys and values of <paramref name="contextWidth"/> numbers.
    /// </summary>
    public BertAttention(BertConfig config, long contextWidth)
    {
        dropout = config.Dropout;
        query = Add("self.query", new Linear(config.HiddenSize, config.HiddenSize));
        key = Add("self.key", new Linear(contextWidth, config.HiddenSize));
        value = Add("self.value", new Linear(contextWidth, config.HiddenSize));
        output = Add("output.dense", new Linear(config.HiddenSize, config.HiddenSize));
        norm = Add("output.LayerNorm", new LayerNorm(config.HiddenSize, config.LayerNormEpsilon));
    }

    /// <summary>Queries of <paramref name="x"/> (B, T, C), split into heads: (B, heads, T, D).</summary>
    public Tensor Queries(Tensor x, long heads)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(Attention.SplitHeads(query.Forward(x), heads));
    }

    /// <summary>
    /// Keys and values of <paramref name="context"/> (B, T, width), split into heads: (B, heads, T, D).
    /// </summary>
    public KeysValues Project(Tensor context, long heads)
    {
        using var scope = TensorScope.Begin();
        return new KeysValues(scope.Return(Attention.SplitHeads(key.Forward(context), heads)),
            scope.Return(Attention.SplitHeads(value.Forward(context), heads)));
    }

    /// <summary>
    /// LN(x + W · attention(q, k, v)) for x (B, T, C); <paramref name="queries"/> (B, heads, T, D) when they are known
    /// already, else they are made of x.
    /// </summary>
    public Tensor Forward(Tensor x, KeysValues context, long heads, Tensor? mask, Tensor? queries = null)
    {
        using var scope = TensorScope.Begin();
        var q = queries ?? Queries(x, heads);
        var isFused = isPrepared && mask is null && q.Size(2) >= LeastFused && FusedAttention.CanRun(q);
        var mixed = isFused
            ? FusedAttention.Cross(Attention.MergeHeads(q), Attention.MergeHeads(context.Keys),
                Attention.MergeHeads(context.Values), heads)
            : Attention.MergeHeads(Attention.Apply(q, context.Keys, context.Values, mask, dropout, IsTraining));
        if (!IsTraining || dropout == 0)
            return scope.Return(norm.Forward(mixed.Size(0) == x.Size(0)
                ? output.Forward(mixed, LinearActivation.None, x) : output.Forward(mixed) + x));
        var hidden = output.Forward(mixed).Dropout(dropout, IsTraining); // (B, T, C)
        return scope.Return(norm.Forward(hidden + x));
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = true;
    }
}
