namespace Gloss.Torch;

/// <summary>Settings of <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the running mean of gradients.</summary><value>0.9</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary><value>0.999</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the denominator.</summary><value>1e-8</value>
    public double Epsilon { get; init; } = 1e-8;
}
