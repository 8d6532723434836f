using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Gloss.Torch.Native;

namespace Gloss.Torch.Inference.Native;

/// <summary>The functions of <c>native/onednn/gloss_onednn.h</c>, in its order. They load no libtorch.</summary>
internal static unsafe partial class OneDnnMethods
{
    /// <summary>The library's name without prefix and ending.</summary>
    public const string Library = "gloss_onednn";
    private const int InterfaceVersion = 4;

    static OneDnnMethods()
    {
        NativeEnvironment.Prepare();
        NativeLibraries.Register(typeof(OneDnnMethods).Assembly);
        if (Unsafe.SizeOf<NativeNode>() != 112 || Unsafe.SizeOf<NativePicture>() != 40
            || Unsafe.SizeOf<NativeShape>() != 12 || Unsafe.SizeOf<NativeAttention>() != 152
            || Unsafe.SizeOf<NativeNorm>() != 24 || Unsafe.SizeOf<NativeWindowAttention>() != 96
            || Unsafe.SizeOf<NativeReweighting>() != 88)
        {
            throw new NativeException("the struct layouts differ from native/onednn/gloss_onednn.h");
        }
        var version = gloss_onednn_interface_version();
        if (version != InterfaceVersion)
        {
            throw new NativeException($"libgloss_onednn speaks version {version} of its interface, expected " +
                $"{InterfaceVersion} · hint: build native/ anew");
        }
    }

    [LibraryImport(Library)] public static partial int gloss_onednn_interface_version();
    [LibraryImport(Library)] public static partial int gloss_onednn_error(byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int gloss_onednn_describe(byte* buffer, int capacity,
        out int length);

    [LibraryImport(Library)]
    public static partial int gloss_plan_create(NativePicture* picture, NativeNode* nodes, int count, int threads,
        out PlanHandle result);
    [LibraryImport(Library)] public static partial int gloss_plan_free(IntPtr plan);
    [LibraryImport(Library)] public static partial int gloss_plan_shape(PlanHandle plan, int node,
        out NativeShape shape);
    [LibraryImport(Library)]
    public static partial int gloss_plan_run(PlanHandle plan, void* pictures, int isBytes, int count, float** outputs,
        int outputCount);
    [LibraryImport(Library)]
    public static partial int gloss_gemm_rate(int m, int k, int n, int storage, int threads, int repetitions,
        out double best, out double median);

    [LibraryImport(Library)] public static partial int gloss_wide_kernels();
    [LibraryImport(Library)]
    public static partial int gloss_linear_create(void* weights, float* scales, int weightsStorage, float* bias,
        long inFeatures, long outFeatures, int storage, int threads, out LinearHandle result);
    [LibraryImport(Library)] public static partial int gloss_linear_free(IntPtr layer);
    [LibraryImport(Library)]
    public static partial int gloss_linear_run(LinearHandle layer, NativeNorm* norm, float* input, long rows,
        int activation,
        float* residual, float* output, int threads);
    [LibraryImport(Library)]
    public static partial int gloss_linear_run_pair(LinearHandle first, LinearHandle second, NativeNorm* norm,
        float* input,
        long rows, int activation, float* residual, float* output, int threads);
    [LibraryImport(Library)] public static partial int gloss_attend(NativeAttention* attention, int threads);
    [LibraryImport(Library)] public static partial int gloss_attend_windows(NativeWindowAttention* attention,
        int threads);
    [LibraryImport(Library)] public static partial int gloss_reweight(NativeReweighting* reweighting, int threads);

    /// <summary>Throws this thread's native message when a call did not return 0.</summary>
    public static void Check(int status)
    {
        if (status == 0)
            return;
        Span<byte> buffer = stackalloc byte[2048];
        fixed (byte* start = buffer)
        {
            var length = gloss_onednn_error(start, buffer.Length);
            throw new NativeException(Encoding.UTF8.GetString(buffer[..Math.Min(length, buffer.Length)]));
        }
    }
}
