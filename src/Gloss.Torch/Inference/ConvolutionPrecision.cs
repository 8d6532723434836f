namespace Gloss.Torch.Inference;

/// <summary>In what numbers a convolution plan computes; sums are always wider.</summary>
public enum ConvolutionPrecision
{
    /// <summary>32-bit floats throughout.</summary>
    Float32 = 0,

    /// <summary>
    /// bfloat16 weights and values, sums in float32. Twice as fast as float32 where a core multiplies bfloat16 at full
    /// rate (AMD Zen 4 and later, Intel with AMX), slower where it does not (Intel without AMX): measure.
    /// </summary>
    BFloat16 = 1,

    /// <summary>
    /// 8-bit weights (a scale for each output channel) and values (a scale for each node, from
    /// <see cref="ActivationRanges"/>), sums in 32-bit integers.
    /// </summary>
    Int8 = 2,
}
