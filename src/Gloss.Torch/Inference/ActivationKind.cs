namespace Gloss.Torch.Inference;

/// <summary>The functions that a convolution can apply to its sums.</summary>
public enum ActivationKind
{
    /// <summary>x.</summary>
    None = 0,

    /// <summary>min(max(x, low), high).</summary>
    Clip = 1,

    /// <summary>x · sigmoid(x).</summary>
    Silu = 2,

    /// <summary>x · Φ(x).</summary>
    Gelu = 3,
}
