using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Gloss.Inference;

/// <summary>In what numbers a model computes; sums are always wider.</summary>
public enum InferencePrecision
{
    /// <summary>The fastest that this processor multiplies at full rate.</summary>
    Auto,

    /// <summary>32-bit floats throughout.</summary>
    Float32,

    /// <summary>bfloat16 products in the image encoder and the tagging head; captions stay in float32.</summary>
    BFloat16,
}

/// <summary>What this processor is good at.</summary>
internal static class ProcessorPrecision
{
    private const int AmxBFloat16Bit = 22;
    private const int Avx512BFloat16Bit = 5;

    /// <summary><see cref="InferencePrecision.Auto"/> made one of the others.</summary>
    public static InferencePrecision Resolve(InferencePrecision precision) => precision != InferencePrecision.Auto ? precision
        : MultipliesBFloat16Fast() ? InferencePrecision.BFloat16 : InferencePrecision.Float32;

    // Intel's AVX-512 multiplies bfloat16 no faster than float32 after conversion; its AMX, and AMD's AVX-512, do.
    private static bool MultipliesBFloat16Fast()
    {
        if (!Avx512F.IsSupported)
            return false;
        var (most, ebx, ecx, edx) = X86Base.CpuId(0, 0);
        if (most < 7)
            return false;
        if ((X86Base.CpuId(7, 0).Edx & (1 << AmxBFloat16Bit)) != 0)
            return true;
        var vendor = string.Concat(new[] { ebx, edx, ecx }.Select(part => Encoding.ASCII.GetString(BitConverter.GetBytes(part))));
        return vendor == "AuthenticAMD" && (X86Base.CpuId(7, 1).Eax & (1 << Avx512BFloat16Bit)) != 0;
    }
}
