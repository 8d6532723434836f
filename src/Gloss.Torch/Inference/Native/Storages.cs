namespace Gloss.Torch.Inference.Native;

/// <summary>How tensors' elements are stored, in the words of <c>gloss_storage</c>.</summary>
internal static class Storages
{
    /// <summary>
    /// The storage of a matrix's elements; null where kernels do not read it. 8-bit ones need scales.
    /// </summary>
    public static Storage? Of(ScalarType type) => type switch
    {
        ScalarType.Float32 => Storage.Float32,
        ScalarType.Float16 => Storage.Float16,
        ScalarType.BFloat16 => Storage.BFloat16,
        ScalarType.Int8 => Storage.SignedByte,
        _ => null,
    };
}
