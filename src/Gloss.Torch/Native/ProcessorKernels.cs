using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Torch.Native;

/// <summary>
/// Tells OpenBLAS and libtorch which kernels the processor can run. OpenBLAS 0.3.21 knows processors by their model number
/// and gives unknown, newer ones its SSE3 kernels, several times slower; some builds of libtorch stop at AVX2. Both read
/// the environment when they are loaded, so this comes first. What the user has set stays.
/// </summary>
internal static partial class ProcessorKernels
{
    public static void Announce()
    {
        if (!OperatingSystem.IsLinux() || !Avx2.IsSupported)
            return;
        var hasAvx512 = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        _ = setenv("OPENBLAS_CORETYPE", hasAvx512 ? "SkylakeX" : "Haswell", overwrite: 0);
        if (hasAvx512)
            _ = setenv("ATEN_CPU_CAPABILITY", "avx512", overwrite: 0);
    }

    // The runtime's own copy of the environment does not reach libraries.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
