using System.Runtime.InteropServices;
using System.Text;
using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>The oneDNN library that convolution plans run on; none of this loads libtorch.</summary>
public static unsafe class OneDnn
{
    private static readonly Lazy<bool> canLoad = new(() => NativeLibraries.Find(OneDnnMethods.Library) is { } path
        && NativeLibrary.TryLoad(path, out _));

    private const int WindowsBit = 1;
    private const int BytesBit = 2;
    private static readonly Lazy<int> kernels = new(() => IsAvailable ? OneDnnMethods.gloss_wide_kernels() : 0);

    /// <summary>Whether Gloss's library over oneDNN was built, lies where it is looked for, and loads.</summary>
    public static bool IsAvailable => canLoad.Value;

    /// <summary>
    /// Whether this processor, and this build, multiply 8-bit numbers in linear layers (AVX-512 with VNNI).
    /// </summary>
    public static bool HasByteLinear => (kernels.Value & BytesBit) != 0;

    /// <summary>Whether they attend inside windows of a map (AVX-512).</summary>
    internal static bool HasWindows => (kernels.Value & WindowsBit) != 0;

    /// <summary>
    /// oneDNN's version and the instruction set that it uses, for example <c>2.6.3 avx512_core_bf16</c>.
    /// </summary>
    /// <exception cref="NativeException">The library does not fit this build.</exception>
    public static string Describe()
    {
        Span<byte> buffer = stackalloc byte[256];
        fixed (byte* start = buffer)
        {
            OneDnnMethods.Check(OneDnnMethods.gloss_onednn_describe(start, buffer.Length, out var length));
            return Encoding.UTF8.GetString(buffer[..Math.Min(length, buffer.Length)]);
        }
    }

    /// <summary>
    /// The machine's rate of matrix products (m, k) × (k, n) with packed weights, by which times are compared.
    /// </summary>
    /// <returns>Best and median of <paramref name="repetitions"/> products, in GFLOP/s (GOP/s for int8).</returns>
    /// <exception cref="NativeException">A size is below 1, or this processor cannot compute in this
    /// precision.</exception>
    public static (double Best, double Median) MatrixProductRate(int m, int k, int n, ConvolutionPrecision precision,
        int threads, int repetitions = 20)
    {
        var storage = precision switch
        {
            ConvolutionPrecision.Float32 => Storage.Float32,
            ConvolutionPrecision.BFloat16 => Storage.BFloat16,
            _ => Storage.Byte,
        };
        OneDnnMethods.Check(OneDnnMethods.gloss_gemm_rate(m, k, n, (int)storage, threads, repetitions, out var best,
            out var median));
        return (best, median);
    }
}
