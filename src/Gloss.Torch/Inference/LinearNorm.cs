namespace Gloss.Torch.Inference;

/// <summary>
/// A layer normalisation that is computed on the way into a linear layer: (x − mean) / √(variance + ε) · weight + bias.
/// </summary>
/// <param name="weight">(in), float32, on the processor; borrowed.</param>
/// <param name="bias">(in), the same.</param>
/// <param name="epsilon">Added to the variance.</param>
public readonly struct LinearNorm(Tensor weight, Tensor bias, double epsilon)
{
    /// <summary>(in).</summary>
    public Tensor? Weight { get; } = weight;

    /// <summary>(in).</summary>
    public Tensor? Bias { get; } = bias;

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; } = epsilon;
}
