namespace Gloss.Torch.Inference;

/// <summary>What a convolution does to its sums last, in the same pass over memory.</summary>
/// <param name="Kind">Which function.</param>
/// <param name="Low">The smallest value that <see cref="ActivationKind.Clip"/> lets through.</param>
/// <param name="High">The largest value that <see cref="ActivationKind.Clip"/> lets through.</param>
public readonly record struct ConvolutionActivation(ActivationKind Kind, float Low = 0, float High = 0)
{
    /// <summary>Nothing: the sums as they are.</summary>
    public static ConvolutionActivation None => default;

    /// <summary>max(x, 0).</summary>
    public static ConvolutionActivation Relu => new(ActivationKind.Clip, 0, float.PositiveInfinity);

    /// <summary>min(max(x, 0), 6).</summary>
    public static ConvolutionActivation Relu6 => new(ActivationKind.Clip, 0, 6);

    /// <summary>x · sigmoid(x).</summary>
    public static ConvolutionActivation Silu => new(ActivationKind.Silu);

    /// <summary>x · Φ(x), with the exact error function.</summary>
    public static ConvolutionActivation Gelu => new(ActivationKind.Gelu);
}
