using Gloss.Images;
using Gloss.Inference;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// How far lower precisions move a model's tags on photographs: differences of probabilities, and tags that flip at
/// their own thresholds.
/// </summary>
internal static class TagPrecisionBenchmark
{
    private const int MostPictures = 64;

    public static void Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        using var loaded = ModelFolder.Open(options.Folder!).OpenModel(ModelParts.Tagging);
        var files = Pictures.FilesOf(options).Take(MostPictures).ToArray();
        var exact = Probabilities(loaded, files, InferencePrecision.Float32, options.Threads);
        var given = Given(loaded, exact);
        Console.WriteLine(
            $"{loaded.Config.Family}: {files.Length} photographs, {given.Sum(tags => tags.Count)} tags in float32");
        foreach (var precision in (InferencePrecision[])[InferencePrecision.BFloat16, InferencePrecision.Int8])
        {
            if (options.Precision is { } only && only != precision)
                continue;
            float[][] rough;
            try
            {
                rough = Probabilities(loaded, files, precision, options.Threads);
            }
            catch (ArgumentException error)
            {
                Console.WriteLine($"{precision,-9} {error.Message}");
                continue;
            }
            var differences = exact.Zip(rough)
                .SelectMany(rows => rows.First.Zip(rows.Second, (a, b) => Math.Abs(a - b))).ToArray();
            var flipped = given.Zip(Given(loaded, rough))
                .Select(sets => sets.First.Except(sets.Second).Count() + sets.Second.Except(sets.First).Count())
                .ToArray();
            Console.WriteLine(
                $"{precision,-9} probabilities differ by {differences.Average():0.0000} on average, {differences.Max():0.0000} at most · " +
                $"{flipped.Sum()} tags flip ({(double)flipped.Sum() / Math.Max(1, given.Sum(tags => tags.Count)):0.0%} "
                + $"of those given), in {flipped.Count(n => n > 0)} photographs");
        }
    }

    private static float[][] Probabilities(LoadedModel loaded, string[] files, InferencePrecision precision,
        int threads)
    {
        var ranges = loaded.Config.EncoderRanges is { } measured ? new ActivationRanges(measured) : null;
        using var encoder = new PictureEncoder(loaded.Model, loaded.Config.Preprocessing, precision, threads, ranges);
        var decoder = new ImageDecoder();
        return [.. files.Select(file =>
        {
            using var tokens = encoder.Encode([encoder.Fit(decoder.Decode(file))]);
            using var products = encoder.Products();
            return loaded.Predictor.TagProbabilities(tokens);
        })];
    }

    private static HashSet<int>[] Given(LoadedModel loaded, float[][] probabilities) =>
        [.. probabilities.Select(row => loaded.Predictor.RecognizedTags(row).Select(tag => tag.Id).ToHashSet())];
}
