using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Layers;

/// <summary>Attention with one projection for queries, keys and values (Vaswani et al., 2017, section 3.2.2).</summary>
public sealed class MultiheadAttention : Module
{
    private readonly long width;
    private readonly long heads;
    private readonly double dropout;
    private readonly Parameter inWeight;
    private readonly Parameter inBias;
    private readonly Linear outProjection;
    private bool isPrepared;

    /// <summary>Attention of <paramref name="heads"/> heads over tokens of <paramref name="width"/>.</summary>
    public MultiheadAttention(long width, long heads, double dropout = 0)
    {
        (this.width, this.heads, this.dropout) = (width, heads, dropout);
        inWeight = AddParameter("in_proj_weight", Initial.Normal([3 * width, width], Initial.Xavier(width, 3 * width)));
        inBias = AddParameter("in_proj_bias", Tensors.Zeros([3 * width]));
        outProjection = Add("out_proj", new Linear(width, width, standardDeviation: Initial.Xavier(width, width)));
    }

    /// <summary>
    /// Queries (B, Tq, C) look at keys and values (B, Tk, C); the mask is added to the scores and broadcast to
    /// (B, heads, Tq, Tk). Returns (B, Tq, C).
    /// </summary>
    public Tensor Forward(Tensor queries, Tensor keys, Tensor values, Tensor? mask = null)
    {
        using var scope = TensorScope.Begin();
        var (projectedQueries, projectedKeys, projectedValues) =
            (Project(queries, 0), Project(keys, 1), Project(values, 2));
        if (isPrepared && FusedAttention.CanRun(projectedQueries) && queries.Size(0) == keys.Size(0)
            && (mask is null || (mask.Rank == 4 && mask.Type == ScalarType.Float32)))
            return scope.Return(
                outProjection.Forward(FusedAttention.Cross(projectedQueries, projectedKeys, projectedValues,
                heads, mask)));
        var q = Attention.SplitHeads(projectedQueries, heads); // (B, heads, Tq, D)
        var k = Attention.SplitHeads(projectedKeys, heads);
        var v = Attention.SplitHeads(projectedValues, heads);
        return scope.Return(
            outProjection.Forward(Attention.MergeHeads(Attention.Apply(q, k, v, mask, dropout, IsTraining))));
    }

    /// <inheritdoc/>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        isPrepared = true;
    }

    private Tensor Project(Tensor x, long part) =>
        x.Linear(inWeight.Value.Narrow(0, part * width, width), inBias.Value.Narrow(0, part * width, width));
}
