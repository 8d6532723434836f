using System.Runtime.Intrinsics.X86;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Tests.Inference;

/// <summary>What docs/tagging.md promises of lower precisions, on photographs with the model that ships.</summary>
public sealed class AutoPrecisionTests
{
    private const double MostMeanDifference = 0.01;
    private const double MostFlippedShare = 0.08;

    [Theory]
    [InlineData(InferencePrecision.BFloat16)]
    [InlineData(InferencePrecision.Int8)]
    public void TagProbabilities_Photographs_MoveWithinTheStatedBound(InferencePrecision precision)
    {
        Assert.SkipUnless(Avx512F.IsSupported, "this processor computes in float32 alone");
        using var live = new LiveValues();
        using var loaded = ModelFolder.Open(Path.Combine(GoldenFile.RepositoryRoot(), "models/default"))
            .OpenModel(ModelParts.Tagging);
        var decoder = new ImageDecoder();
        var photographs = Photographs().Select(decoder.Decode).ToArray();
        var exact = Probabilities(loaded, photographs, InferencePrecision.Float32);
        var rough = Probabilities(loaded, photographs, precision);

        var difference = exact.Zip(rough)
            .Average(rows => rows.First.Zip(rows.Second, (a, b) => Math.Abs(a - b)).Average());
        var given = exact.Sum(row => Given(loaded, row).Count);
        var flipped = exact.Zip(rough).Sum(rows =>
        {
            var before = Given(loaded, rows.First);
            before.SymmetricExceptWith(Given(loaded, rows.Second));
            return before.Count;
        });

        Assert.InRange(given, photographs.Length, 100 * photographs.Length);
        Assert.True(difference <= MostMeanDifference, $"probabilities differ by {difference:0.0000} on average");
        Assert.True(flipped <= Math.Max(5, MostFlippedShare * given), $"{flipped} of {given} tags flip");
    }

    // The repository's samples, and what there is of Flickr8k.
    private static IEnumerable<string> Photographs()
    {
        var samples = Directory.GetFiles(Path.Combine(GoldenFile.RepositoryRoot(), "samples"), "*.jpg");
        var more = ReferenceData.Root is { } root ? Path.Combine(root, "data/flickr8k/images") : "";
        return samples.Order(StringComparer.Ordinal)
            .Concat(Directory.Exists(more) ? Directory.GetFiles(more, "*.jpg").Order(StringComparer.Ordinal)
                .Take(56) : []);
    }

    private static float[][] Probabilities(LoadedModel loaded, RgbImage[] pictures, InferencePrecision precision)
    {
        var ranges = loaded.Config.EncoderRanges is { } measured ? new ActivationRanges(measured) : null;
        using var encoder = new PictureEncoder(loaded.Model, loaded.Config.Preprocessing, precision,
            threads: 1, ranges);
        return [.. pictures.Select(picture =>
        {
            using var tokens = encoder.Encode([encoder.Fit(picture)]);
            using var products = encoder.Products();
            return loaded.Predictor.TagProbabilities(tokens);
        })];
    }

    private static HashSet<int> Given(LoadedModel loaded, float[] probabilities) =>
        [.. loaded.Predictor.RecognizedTags(probabilities).Select(tag => tag.Id)];
}
