using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Initial values of parameters, drawn by libtorch's generator: seed it first.</summary>
public static class Initial
{
    /// <summary>N(0, σ²).</summary>
    public static Tensor Normal(long[] shape, double standardDeviation)
    {
        using var unit = Tensors.RandomNormal(shape);
        return unit * standardDeviation;
    }

    /// <summary>Even over [−limit, limit].</summary>
    public static Tensor Uniform(long[] shape, double limit)
    {
        using var scope = TensorScope.Begin();
        return scope.Return((Tensors.RandomUniform(shape) * 2.0 - 1.0) * limit);
    }

    /// <summary>He normal for a convolution (out, in / groups, kh, kw): σ² = 2 / (kh · kw · out / groups), as EfficientNet has it.</summary>
    public static Tensor HeFanOut(long[] shape, long groups) =>
        Normal(shape, Math.Sqrt(2.0 / (shape[2] * shape[3] * shape[0] / (double)groups)));
}
