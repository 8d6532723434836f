using System.Diagnostics;
using System.Runtime.InteropServices;
using Gloss.Benchmarks.Onnx;
using Gloss.Data;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.RamPlus;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// ONNX Runtime beside Gloss: a RAM++ of the same weights on the same picture in float32, one run of each after the
/// other, each in a process of its own with as many threads. Where ONNX Runtime cannot be had, Gloss alone.
/// </summary>
internal static class OnnxBenchmark
{
    private const int Repetitions = 9;
    private const double MostDifference = 1e-3;
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(200);

    public static int Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        if (PublishedBenchmark.FolderOf(options) is not { } folder)
            return 0;
        var work = Directory.CreateTempSubdirectory("gloss-onnx-").FullName;
        try
        {
            return Measure(options, folder, work);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static int Measure(BenchmarkOptions options, string folder, string work)
    {
        var absent = OnnxRuntimeProcess.Install();
        if (absent is not null)
            Console.WriteLine(
                $"ONNX Runtime: not measured · {absent} · hint: node and npm, then the same command again");
        var modelFolder = ModelFolder.Open(folder);
        var config = modelFolder.Config.RamPlus
            ?? throw new ArgumentException($"{folder} is a {modelFolder.Config.Family}, expected ram_plus");
        if (absent is null)
            RamPlusGraph.Write(config, Path.Combine(folder, "model.safetensors"), work);

        ProcessMemory.ForgetMost();
        var start = Stopwatch.GetTimestamp();
        using var loaded = modelFolder.OpenModel(ModelParts.Tagging);
        Console.WriteLine($"Gloss: opened in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
        var size = (int)loaded.Model.VisualEncoder.ImageSize;
        var picture = new RgbImage(size, size);
        new Random(1).NextBytes(picture.Pixels);
        using var encoder = new PictureEncoder(loaded.Model, loaded.Config.Preprocessing, InferencePrecision.Float32,
            options.Threads);
        using var runtime = absent is null ? Open(loaded, picture, work, options.Threads) : null;

        var (gloss, onnx) = (new List<Sample>(), new List<Sample>());
        float[] ours = [];
        var last = runtime?.Opened;
        for (var i = -1; i < Repetitions; i++)
        {
            Thread.Sleep(pause);
            var before = Environment.CpuUsage.TotalTime;
            start = Stopwatch.GetTimestamp();
            ours = Logits(loaded.Model, encoder, picture);
            var sample = new Sample(Stopwatch.GetElapsedTime(start).TotalMilliseconds,
                (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            Thread.Sleep(pause);
            last = runtime?.Run();
            // The first of each packs weights and takes memory.
            if (i < 0)
                continue;
            gloss.Add(sample);
            if (last is not null)
                onnx.Add(new(last.Milliseconds, last.Processor));
        }

        var (_, rates) = Interleaved.Measure(() => { }, ConvolutionPrecision.Float32, options.Threads, repetitions: 3);
        Console.WriteLine(
            $"matrix products in float32: best {rates.Best:0} GFLOP/s, median {rates.Processor:0} GFLOP a second of "
            + $"processor time");
        Report("Gloss", gloss, ProcessMemory.Describe());
        if (last is null)
            return 0;
        Report("ONNX Runtime", onnx, last.DescribeMemory());
        Console.WriteLine(
            $"time of Gloss over time of ONNX Runtime: best {Best(gloss) / Best(onnx):0.00}, median {Median(gloss, s => s.Milliseconds) / Median(onnx, s => s.Milliseconds):0.00}, " +
            $"processor {Median(gloss, s => s.Processor) / Median(onnx, s => s.Processor):0.00}");
        return Compare(ours, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(work, RamPlusGraph.Output)))
            .ToArray());
    }

    private static OnnxRuntimeProcess Open(LoadedModel loaded, RgbImage picture, string work, int threads)
    {
        var (input, output) = (Path.Combine(work, RamPlusGraph.Input), Path.Combine(work, RamPlusGraph.Output));
        using var pixels = PixelTensors.Normalize([picture], loaded.Config.Preprocessing.Mean,
            loaded.Config.Preprocessing.Deviation);
        File.WriteAllBytes(input, MemoryMarshal.AsBytes<float>(pixels.ToArray<float>()));
        var runtime = OnnxRuntimeProcess.Open(Path.Combine(work, OnnxGraph.FileName), RamPlusGraph.Input, pixels.Shape,
            input, RamPlusGraph.Output, output, threads);
        Console.WriteLine(
            $"ONNX Runtime {runtime.Opened.Version}: opened in {runtime.Opened.Milliseconds / 1000:0.00} s");
        return runtime;
    }

    private static float[] Logits(Models.TaggingModel model, PictureEncoder encoder, RgbImage picture)
    {
        using var noGradient = GradientMode.Inference();
        using var tokens = encoder.Encode([picture]);
        using var logits = model.TagLogits(tokens);
        return logits.ToArray<float>();
    }

    private static void Report(string name, List<Sample> samples, string memory) =>
        Console.WriteLine($"{name}: picture to tags best {Best(samples):0} " +
        $"median {Median(samples, s => s.Milliseconds):0} ms · processor {Median(samples, s => s.Processor):0} ms · "
        + $"{memory}");

    private static int Compare(float[] ours, float[] theirs)
    {
        var difference = ours.Length == theirs.Length ? ours.Zip(theirs, (a, b) => Math.Abs(a - b))
            .Max() : double.PositiveInfinity;
        Console.WriteLine(
            $"logits of {ours.Length} tags, {ours.Min():0.0000} to {ours.Max():0.0000}: the largest difference is "
            + $"{difference:0.0e+0}");
        if (difference < MostDifference)
            return 0;
        Console.Error.WriteLine($"the outputs differ by {difference}, expected less than {MostDifference}");
        return 1;
    }

    private static double Best(List<Sample> samples) => samples.Min(s => s.Milliseconds);

    private static double Median(List<Sample> samples, Func<Sample, double> of) =>
        samples.Select(of).Order().ElementAt(samples.Count / 2);

    private readonly record struct Sample(double Milliseconds, double Processor);
}
