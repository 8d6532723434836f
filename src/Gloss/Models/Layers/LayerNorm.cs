using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Layer normalisation over the last dimension (Ba et al., 2016).</summary>
public sealed class LayerNorm : Module
{
    private readonly long[] shape;
    private readonly double epsilon;

    /// <summary>A layer for vectors of <paramref name="features"/> numbers.</summary>
    public LayerNorm(long features, double epsilon)
    {
        shape = [features];
        this.epsilon = epsilon;
        Weight = AddParameter("weight", Tensors.Ones(shape));
        Bias = AddParameter("bias", Tensors.Zeros(shape));
    }

    /// <summary>(features).</summary>
    public Parameter Weight { get; }

    /// <summary>(features).</summary>
    public Parameter Bias { get; }

    /// <summary>(…, features) to the same shape.</summary>
    public Tensor Forward(Tensor x) => x.LayerNorm(shape, Weight.Value, Bias.Value, epsilon);
}
