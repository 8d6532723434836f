namespace Gloss.Torch.Inference;

/// <summary>
/// What a <see cref="PackedLinear"/> applies to its product; the numbers are those of <c>gloss_activation</c>.
/// </summary>
public enum LinearActivation
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>x · Φ(x), by the error function.</summary>
    Gelu = 3,

    /// <summary>max(0, x).</summary>
    Relu = 4,
}
