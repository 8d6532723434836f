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

    /// <summary>
    /// The rate by processor time (GFLOP a second that a processor spends, all threads together): what a machine on
    /// which other work runs can still be measured by. Null where the processor has no such products.
    /// </summary>
    public static double? ProcessorRate(ConvolutionPrecision precision, int threads)
    {
        const int repetitions = 60;
        if (Rate(precision, threads) is null)
            return null;
        var before = Environment.CpuUsage.TotalTime;
        OneDnn.MatrixProductRate(1152, 768, 3072, precision, threads, repetitions);
        // Two more are run to warm up.
        return (repetitions + 2) * 2e-9 * 1152 * 768 * 3072 / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
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
