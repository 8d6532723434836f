using System.Diagnostics;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// Milliseconds a picture by precision and batch; the share of the rate of matrix products of the same run.
/// </summary>
internal static class EncoderBenchmark
{
    public static void Run(BenchmarkOptions options)
    {
        var start = Stopwatch.GetTimestamp();
        var builder = Encoder.Describe(options, "pooled");
        Console.WriteLine($"describe: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
        var ranges = builder.MeasureRanges(Encoder.Noise(4), 4);
        foreach (var precision in Enum.GetValues<ConvolutionPrecision>())
        {
            if (GemmBenchmark.Rate(precision, options.Threads) is not { } rate)
                continue;
            Console.WriteLine($"{precision}: matrix products {rate.Best:0} GFLOP/s");
            start = Stopwatch.GetTimestamp();
            using var plan = builder.Build(precision, options.Threads, ranges);
            var output = new float[16 * plan.Outputs[0].Length];
            plan.Run(Encoder.Noise(1), 1, output);
            Console.WriteLine($"  build and first picture {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
            foreach (var batch in (int[])[1, 8, 16])
            {
                var pictures = Encoder.Noise(batch);
                var time = Timing.Measure(() => plan.Run(pictures, batch, output));
                var (best, median) = (time.Best.TotalMilliseconds / batch, time.Median.TotalMilliseconds / batch);
                Console.WriteLine($"  batch {batch,2}: best {best,5:0.00} median {median,5:0.00} ms a picture, " +
                    $"(processor {time.Processor.TotalMilliseconds / batch,5:0.00}), {1000 / median,4:0} pictures/s, " +
                    $"{Encoder.OperationsPerPicture / best * 1e-6 / rate.Best,4:0%} of the rate");
            }
        }
    }
}
