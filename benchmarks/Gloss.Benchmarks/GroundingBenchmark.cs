using System.Diagnostics;
using Gloss.Evaluation;
using Gloss.Models.GroundingDino;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// Grounding DINO T with random weights at its published size: a picture of 800 × 1066 and ten words.
/// </summary>
internal static class GroundingBenchmark
{
    // Counted from the published formulation.
    private const double Operations = 0.46e12;
    private const int Repetitions = 2;

    public static void Run(BenchmarkOptions options)
    {
        var rate = GemmBenchmark.Rate(ConvolutionPrecision.Float32, options.Threads)!.Value.Best;
        Console.WriteLine($"matrix products in float32: {rate:0} GFLOP/s");
        Engine.Threads = options.Threads;
        Engine.Seed(1);
        using var model = new GroundingDinoModel(GroundingDinoConfig.SwinTiny);
        model.PrepareForInference();
        using var inference = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var pixels = Tensors.RandomNormal([1, 3, 800, 1066]);
        // Ten words, each closed by a mark: 22 tokens.
        var segments = Enumerable.Range(0, 22).Select(i => i == 0 ? 0L : i == 21 ? 11 : (i + 1) / 2).ToArray();
        var positions = Enumerable.Range(0, 22).Select(i => i is 0 or 21 ? 0L : (i + 1) % 2).ToArray();
        var ids = segments.Select((_, i) => 1000L + i).ToArray();
        Tensor Row(long[] values) => Tensor.FromData(values, 1, values.Length);
        var mask = Tensors.Ones([1, 22], ScalarType.Int64);
        float[]? exact = null;
        foreach (var name in new[] { "fp32", "bf16" })
        {
            var (image, text, rest, processor) = (new List<double>(), new List<double>(), new List<double>(),
                new List<double>());
            float[] boxes = [];
            for (var i = 0; i <= Repetitions; i++)
            {
                using var inner = TensorScope.Begin();
                using var precision = name == "bf16" ? Precision.BFloat16() : null;
                var before = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                var features = model.EncodeImages(pixels);
                var looked = Stopwatch.GetElapsedTime(start).TotalSeconds;
                var words = model.EncodeText(Row(ids), mask, Row(segments), Row(positions));
                var read = Stopwatch.GetElapsedTime(start).TotalSeconds;
                boxes = model.Forward(features, words).Last.Boxes.ToArray<float>();
                var done = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (i == 0)
                    continue;
                processor.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
                image.Add(looked);
                text.Add(read - looked);
                rest.Add(done - read);
            }
            var total = image.Zip(text, rest).Select(t => t.First + t.Second + t.Third).Min();
            Console.WriteLine(
                $"{name}: best {total:0.00} s (picture {image.Min():0.00}, text {text.Min():0.00}, enhancer and decoder {rest.Min():0.00}; processor {processor.Min():0.00}, all threads) · " +
                $"{Operations / total / 1e9 / rate:0%} of the float32 rate · peak memory "
                + $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB");
            if (exact is not null)
                Console.WriteLine(Distance(exact, boxes));
            exact ??= boxes;
        }
    }

    // Random weights leave little between the places, so other ones are chosen as queries: each box is held against the
    // nearest.
    private static string Distance(float[] exact, float[] rough)
    {
        static BoundingBox[] Boxes(float[] values) =>
            [.. values.Chunk(4).Select(b => new BoundingBox(b[0] - b[2] / 2, b[1] - b[3] / 2, b[2], b[3]))];
        var others = Boxes(rough);
        var nearest = Boxes(exact).Select(box => others.Max(other => box.IntersectionOverUnion(other)))
            .Order().ToArray();
        return $"bf16's nearest box to each of fp32's {nearest.Length}: IoU mean {nearest.Average():0.000}, median "
            + $"{nearest[nearest.Length / 2]:0.000}, "
            + $"{nearest.Count(o => o > 0.9) / (double)nearest.Length:0%} above 0.9 (split measures the trained model)";
    }
}
