namespace Gloss.Inference;

/// <summary>
/// In what numbers the weights of a model folder are stored; vectors (biases, norms) are always float32.
/// </summary>
public enum WeightPrecision
{
    /// <summary>32-bit floats: as trained.</summary>
    Float32,

    /// <summary>IEEE half precision: 11 significant bits, up to 65,504.</summary>
    Float16,

    /// <summary>bfloat16: 8 significant bits, the range of float32.</summary>
    BFloat16,

    /// <summary>
    /// 8-bit integers from −127 to 127 with one float32 scale a row (see <see cref="StoredWeights"/>); about a quarter
    /// of float32.
    /// </summary>
    Int8,
}
