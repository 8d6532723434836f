using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>The machine's rate of matrix products 1152 × 768 × 3072 with packed weights.</summary>
internal static class GemmBenchmark
{
    public static void Run(BenchmarkOptions options)
    {
        foreach (var precision in Enum.GetValues<ConvolutionPrecision>())
        {
            if (Rate(precision, options.Threads) is { } rate)
                Console.WriteLine($"{precision,-9} best {rate.Best,6:0} median {rate.Median,6:0} GFLOP/s");
            else
                Console.WriteLine($"{precision,-9} not on this processor");
        }
    }

    /// <summary>Best and median rate, or null where the processor has no such products.</summary>
    public static (double Best, double Median)? Rate(ConvolutionPrecision precision, int threads)
    {
        try
        {
            return OneDnn.MatrixProductRate(1152, 768, 3072, precision, threads, repetitions: 30);
        }
        catch (NativeException)
        {
            return null;
        }
    }
}
