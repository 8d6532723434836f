using System.Runtime.Intrinsics.X86;
using System.Text;
using Gloss.Torch;

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

    /// <summary>
    /// 8-bit products: in the convolutions of an EfficientNet-Lite for models whose config has their ranges
    /// (<see cref="ModelConfig.EncoderRanges"/>), float32 elsewhere; in the linear layers of a transformer and of the
    /// tagging head, whose ranges are each token's own. <see cref="Auto"/> takes it for the former alone.
    /// </summary>
    Int8,
}

/// <summary>What this processor is good at.</summary>
internal static class ProcessorPrecision
{
    private const int AmxBFloat16Bit = 22;
    private const int Avx512BFloat16Bit = 5;

    private const int AvxVnniBit = 4;
    private const int Avx512VnniBit = 11;

    /// <summary><see cref="InferencePrecision.Auto"/> made one of the others.</summary>
    /// <param name="precision">What was asked for.</param>
    /// <param name="device">Where the model computes; on a GPU it is float32 unless asked otherwise.</param>
    /// <param name="canBeInt8">Whether the model can be computed in 8 bits.</param>
    public static InferencePrecision Resolve(InferencePrecision precision, Device device, bool canBeInt8) =>
        precision switch
    {
        not InferencePrecision.Auto => precision,
        _ when device.Type != DeviceType.Cpu => InferencePrecision.Float32,
        _ when canBeInt8 && MultipliesInt8Fast() => InferencePrecision.Int8,
        _ when MultipliesBFloat16Fast() => InferencePrecision.BFloat16,
        _ => InferencePrecision.Float32,
    };

    private static bool MultipliesInt8Fast() => Avx2.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((Avx512F.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << Avx512VnniBit)) != 0)
            || (X86Base.CpuId(7, 1).Eax & (1 << AvxVnniBit)) != 0);

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
        var vendor =
            string.Concat(new[] { ebx, edx, ecx }.Select(part =>
            Encoding.ASCII.GetString(BitConverter.GetBytes(part))));
        return vendor == "AuthenticAMD" && (X86Base.CpuId(7, 1).Eax & (1 << Avx512BFloat16Bit)) != 0;
    }
}
