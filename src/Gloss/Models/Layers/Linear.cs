using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>y = x · Wᵀ + b, with weight (out, in) and bias (out).</summary>
public sealed class Linear : Module
{
    /// <summary>A layer whose weight is drawn from N(0, <paramref name="standardDeviation"/>²) and whose bias is zero.</summary>
    public Linear(long inFeatures, long outFeatures, bool hasBias = true, double standardDeviation = 0.02)
    {
        Weight = AddParameter("weight", Initial.Normal([outFeatures, inFeatures], standardDeviation));
        Bias = hasBias ? AddParameter("bias", Tensors.Zeros([outFeatures])) : null;
    }

    /// <summary>(out, in).</summary>
    public Parameter Weight { get; }

    /// <summary>(out), or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>(…, in) to (…, out).</summary>
    public Tensor Forward(Tensor x) => x.Linear(Weight.Value, Bias?.Value);
}
