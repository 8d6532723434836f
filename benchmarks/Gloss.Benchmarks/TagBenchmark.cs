using System.Diagnostics;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// <c>gloss tag</c> as a user runs it, a process of its own: photographs a second from disk, the first tag of a fresh
/// process, and the most memory; beside the machine's rate of matrix products.
/// </summary>
internal static class TagBenchmark
{
    // Multiplications and additions of EfficientNet-Lite2 for a picture of 260 × 260.
    private const double EncoderGflop = 1.73;

    public static void Run(BenchmarkOptions options)
    {
        var files = Pictures.FilesOf(options);
        var rate = GemmBenchmark.Rate(ConvolutionPrecision.Float32, options.Threads)!.Value.Best;
        Console.WriteLine($"matrix products in float32: {rate:0} GFLOP/s");
        foreach (var precision in new[] { "fp32", "auto" })
        {
            var first = Enumerable.Range(0, 3).Select(_ => Measure(files[..1], precision, options.Threads))
                .MinBy(m => m.FirstLine);
            var all = Enumerable.Range(0, 2).Select(_ => Measure(files, precision, options.Threads))
                .MinBy(m => m.Whole);
            // What the start of the process costs is not counted as tagging.
            var perSecond = (files.Length - 1) / (all.Whole - all.FirstLine).TotalSeconds;
            Console.WriteLine(
                $"{precision}: first tag after {first.FirstLine.TotalSeconds:0.00} s · {files.Length} photographs in "
                + $"{all.Whole.TotalSeconds:0.0} s, {files.Length / all.Whole.TotalSeconds:0} a second ({perSecond:0} "
                + $"once it runs, "
                + $"its encoder alone {perSecond * EncoderGflop / rate:P0} of that rate) · {all.PeakBytes / 1e6:0} MB");
        }
    }

    private static (TimeSpan FirstLine, TimeSpan Whole, long PeakBytes) Measure(string[] files, string precision,
        int threads)
    {
        var start = new ProcessStartInfo(Path.Combine(Root(), "gloss"),
            ["tag", "-", "--jsonl", "--precision", precision, "--threads", $"{threads}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var peak = 0L;
        using var timer = new Timer(_ => peak = Math.Max(peak, Peak(process.Id)), null, 20, 20);
        var writing = Task.Run(() =>
        {
            foreach (var file in files)
                process.StandardInput.WriteLine(file);
            process.StandardInput.Close();
        });
        var first = TimeSpan.Zero;
        while (process.StandardOutput.ReadLine() is not null)
        {
            if (first == TimeSpan.Zero)
                first = watch.Elapsed;
        }
        process.WaitForExit();
        writing.Wait();
        if (process.ExitCode > 1)
            throw new InvalidOperationException($"gloss tag ended with {process.ExitCode}");
        return (first, watch.Elapsed, peak);
    }

    // The script's shell becomes the program, so its number stays; 0 where there is no /proc, or the process has ended.
    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("the benchmark does not lie in a checkout");
    }
}
