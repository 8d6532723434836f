using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Tag2Text;

/// <summary>One linear classifier for each tag: logit_k = ⟨W_k, x_k⟩ + b_k (Query2Label, Liu et al., 2021).</summary>
public sealed class GroupWiseLinear : Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <summary>
    /// Classifiers for <paramref name="tags"/> tags on vectors of <paramref name="features"/> numbers.
    /// </summary>
    public GroupWiseLinear(long tags, long features)
    {
        var limit = 1 / Math.Sqrt(features);
        weight = AddParameter("W", Initial.Uniform([1, tags, features], limit));
        bias = AddParameter("b", Initial.Uniform([1, tags], limit));
    }

    /// <summary>(B, K, C) to (B, K); <paramref name="ids"/> (int64): only these tags, x being theirs.</summary>
    public Tensor Forward(Tensor x, Tensor? ids = null)
    {
        using var scope = TensorScope.Begin();
        var (W, b) = ids is null ? (weight.Value, bias.Value)
            : (weight.Value.IndexSelect(1, ids), bias.Value.IndexSelect(1, ids));
        return scope.Return((x * W).Sum([-1]) + b);
    }
}
