using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Initial values of parameters, drawn by libtorch's generator: seed it first.</summary>
public static class Initial
{
    [ThreadStatic] private static int skips;

    /// <summary>
    /// Until it is disposed, nothing is drawn on this thread: values stay as memory had them, untouched. For a module
    /// whose weights are loaded next.
    /// </summary>
    public static IDisposable Skip() => new Skipping();

    /// <summary>N(0, σ²).</summary>
    public static Tensor Normal(long[] shape, double standardDeviation)
    {
        if (skips > 0)
            return Tensors.Empty(shape);
        using var unit = Tensors.RandomNormal(shape);
        return unit * standardDeviation;
    }

    /// <summary>Even over [−limit, limit].</summary>
    public static Tensor Uniform(long[] shape, double limit)
    {
        if (skips > 0)
            return Tensors.Empty(shape);
        using var scope = TensorScope.Begin();
        return scope.Return((Tensors.RandomUniform(shape) * 2.0 - 1.0) * limit);
    }

    /// <summary>
    /// He normal for a convolution (out, in / groups, kh, kw): σ² = 2 / (kh · kw · out / groups), as EfficientNet has
    /// it.
    /// </summary>
    public static Tensor HeFanOut(long[] shape, long groups) =>
        Normal(shape, Math.Sqrt(2.0 / (shape[2] * shape[3] * shape[0] / (double)groups)));

    /// <summary>The standard deviation of Glorot and Bengio (2010) for a matrix (out, in): √(2 / (in + out)).</summary>
    public static double Xavier(long inFeatures, long outFeatures) => Math.Sqrt(2.0 / (inFeatures + outFeatures));

    private sealed class Skipping : IDisposable
    {
        private bool isDisposed;

        public Skipping() => skips++;

        public void Dispose()
        {
            if (!isDisposed)
                skips--;
            isDisposed = true;
        }
    }
}
