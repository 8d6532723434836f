using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// How far lower precisions move the features of photographs. The ranges for int8 are measured on the first 64
/// photographs, everything else on the others.
/// </summary>
internal static class PrecisionBenchmark
{
    private const int Calibration = 64;

    public static void Run(BenchmarkOptions options)
    {
        if (options.Weights is null)
            throw new ArgumentException("this measurement needs --weights FILE");
        var files = Pictures.FilesOf(options);
        var builder = Encoder.Describe(options, "head", "pooled", "logits");
        var ranges = builder.MeasureRanges(Pictures.Read(files.Take(Calibration)), Math.Min(Calibration, files.Length));
        var rest = files.Length > Calibration ? files[Calibration..] : files;
        using var exact = builder.Build(ConvolutionPrecision.Float32, options.Threads);
        foreach (var precision in (ConvolutionPrecision[])[ConvolutionPrecision.BFloat16, ConvolutionPrecision.Int8])
        {
            if (GemmBenchmark.Rate(precision, options.Threads) is null)
                continue;
            using var plan = builder.Build(precision, options.Threads, ranges);
            var cosines = new List<double>[] { [], [], [] };
            var (largest, sameTop, inTopFive) = (0.0, 0, 0);
            foreach (var file in rest)
            {
                var pixels = Pictures.Read(file);
                var (expected, got) = (Features(exact, pixels), Features(plan, pixels));
                for (var o = 0; o < expected.Length; o++)
                    cosines[o].Add(Cosine(expected[o], got[o]));
                for (var i = 0; i < expected[1].Length; i++)
                    largest = Math.Max(largest, Math.Abs(expected[1][i] - got[1][i]));
                var top = Array.IndexOf(expected[2], expected[2].Max());
                sameTop += Array.IndexOf(got[2], got[2].Max()) == top ? 1 : 0;
                inTopFive += got[2].Count(score => score > got[2][top]) < 5 ? 1 : 0;
            }
            Console.WriteLine($"{precision} against Float32, {rest.Length} photographs:");
            for (var o = 0; o < cosines.Length; o++)
                Console.WriteLine(
                    $"  {plan.Outputs[o].Name,-6} cosine mean {cosines[o].Average():0.00000} least "
                    + $"{cosines[o].Min():0.00000}");
            Console.WriteLine($"  pooled largest difference {largest:0.000}");
            Console.WriteLine(
                $"  same first class {(double)sameTop / rest.Length:0.0%}, its class among the first five " +
                $"{(double)inTopFive / rest.Length:0.0%}");
        }
    }

    private static float[][] Features(ConvolutionPlan plan, byte[] pixels)
    {
        var outputs = plan.Outputs.Select(output => new float[output.Length]).ToArray();
        plan.Run(pixels, 1, [.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }

    private static double Cosine(float[] a, float[] b)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return dot / Math.Sqrt(aa * bb);
    }
}
