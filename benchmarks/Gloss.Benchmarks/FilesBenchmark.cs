using System.Diagnostics;
using Gloss.Images;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>Photographs a second from files to features, each worker taking one photograph through all steps.</summary>
internal static class FilesBenchmark
{
    public static void Run(BenchmarkOptions options)
    {
        var files = Pictures.FilesOf(options);
        var builder = Encoder.Describe(options, "pooled");
        var ranges = builder.MeasureRanges(Pictures.Read(files[..Math.Min(32, files.Length)]),
            Math.Min(32, files.Length));
        Report("read, decode, resize", files.Length, Work(files, options.Threads, _ => { }));
        foreach (var precision in Enum.GetValues<ConvolutionPrecision>())
        {
            if (GemmBenchmark.Rate(precision, options.Threads) is null)
                continue;
            using var plan = builder.Build(precision, threads: 1, ranges);
            var time = Work(files, options.Threads, pixels => plan.Run(pixels, 1, new float[plan.Outputs[0].Length]));
            Report($"… and encode, {precision}", files.Length, time);
        }
    }

    private static void Report(string what, int count, TimeSpan time) =>
        Console.WriteLine(
            $"{what,-32} {count / time.TotalSeconds,5:0} photographs/s ({count} in {time.TotalSeconds:0.00} s)");

    // The best of three passes; the first also warms the file cache.
    private static TimeSpan Work(string[] files, int workers, Action<byte[]> use)
    {
        var best = TimeSpan.MaxValue;
        for (var pass = 0; pass < 3; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = workers },
                file => use(Pictures.Read(file)));
            var time = Stopwatch.GetElapsedTime(start);
            if (time < best)
                best = time;
        }
        return best;
    }
}
