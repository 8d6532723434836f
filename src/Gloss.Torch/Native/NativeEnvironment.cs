using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Torch.Native;

/// <summary>
/// Sets what native libraries read from the environment when they are loaded, so this comes first. What the user has
/// set stays.
/// </summary>
internal static partial class NativeEnvironment
{
    // About 50 µs: operators that follow each other find the threads awake, decoding threads find a processor. OpenMP's
    // own 300,000 kept threads spinning for as long as the work took: twice the processor time for one picture.
    private const string SpinCount = "10000";

    public static void Prepare()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = setenv("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
        ChooseKernels();
    }

    // OpenBLAS 0.3.21 knows processors by their model number and gives unknown, newer ones its SSE3 kernels, several
    // times slower; some builds of libtorch stop at AVX2.
    private static void ChooseKernels()
    {
        if (!Avx2.IsSupported)
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
