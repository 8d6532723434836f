using Gloss.Inference;
using Gloss.Models.Generation;
using Gloss.Torch;

namespace Gloss.Tests.Inference;

public sealed class RecognitionPredictorTests
{
    private static readonly GenerationOptions options = new() { MaxLength = 12, MinLength = 5 };

    [Fact]
    public void TagProbabilities_AllTags_AreSigmoidsOfTheLogits()
    {
        using var live = new LiveValues();
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model);
        using var tokens = TinyTag2Text.ImageTokens(model, 3);

        var probabilities = predictor.TagProbabilities(tokens);

        using var logits = model.TagLogits(tokens);
        var expected = logits.ToArray<float>().Select(x => 1 / (1 + Math.Exp(-x))).ToArray();
        Assert.Equal(15, probabilities.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], probabilities[i], 1e-6);
    }

    [Fact]
    public void TagProbabilities_SomeIds_AreThoseOfAllTags()
    {
        using var live = new LiveValues();
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model);
        using var tokens = TinyTag2Text.ImageTokens(model, 2);

        var all = predictor.TagProbabilities(tokens);
        var some = predictor.TagProbabilities(tokens, [4, 1]);

        float[] expected = [all[4], all[1], all[9], all[6]];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], some[i], 1e-6);
        Assert.Throws<ArgumentOutOfRangeException>(() => predictor.TagProbabilities(tokens, [5]));
    }

    [Fact]
    public void RecognizedTags_AtAndAboveThresholds_GivesThoseAboveInIndexOrder()
    {
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model,
            new() { Threshold = 0.5f, GuideThreshold = 0.6f, ExcludedTags = [4] });
        float[] probabilities = [0.5f, 0.55f, 0.7f, 0.9f, 0.95f];

        // "dog" stands at its threshold, "red" at its own.
        Assert.Equal(["cat", "beach", "run"], predictor.RecognizedTags(probabilities).Select(t => t.Name));
        Assert.Equal(["dog", "cat", "beach", "red", "run"], predictor.RecognizedTags(probabilities, 0.4f)
            .Select(t => t.Name));
        Assert.Equal(["beach", "red"], predictor.GuidingTags(probabilities));
        Assert.Throws<ArgumentException>(() => predictor.RecognizedTags([0.5f]));
    }

    [Fact]
    public void Caption_BatchOfPictures_EqualsEachAlone()
    {
        using var live = new LiveValues();
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model);
        using var tokens = TinyTag2Text.ImageTokens(model, 3);
        string[][] tags = [["dog"], [], ["cat", "beach", "red"]];

        var together = predictor.Caption(tokens, tags, options);

        Assert.Equal(3, together.Length);
        for (var i = 0; i < 3; i++)
        {
            using var one = tokens.Narrow(0, i, 1);
            Assert.Equal(Assert.Single(predictor.Caption(one, [tags[i]], options)), together[i]);
        }
        Assert.Throws<ArgumentException>(() => predictor.Caption(tokens, [["dog"]], options));
    }

    [Fact]
    public void CaptionBySampling_EqualSeeds_GiveEqualCaptions()
    {
        using var live = new LiveValues();
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model);
        using var tokens = TinyTag2Text.ImageTokens(model, 2);
        string[][] tags = [["dog"], ["cat"]];

        var first = predictor.CaptionBySampling(tokens, tags, options, 1);

        Assert.Equal(first, predictor.CaptionBySampling(tokens, tags, options, 1));
        Assert.NotEqual(first, predictor.CaptionBySampling(tokens, tags, options, 2));
    }

    [Fact]
    public void WhereSeen_OneTag_IsASquareOfSharesBelowOne()
    {
        using var live = new LiveValues();
        using var model = TinyTag2Text.Model();
        var predictor = TinyTag2Text.Predictor(model);
        using var tokens = TinyTag2Text.ImageTokens(model, 2);

        var (weights, side) = predictor.WhereSeen(tokens, 2);

        Assert.Equal(2, side);
        Assert.Equal(2 * side * side, weights.Length);
        Assert.All(weights, w => Assert.InRange(w, 0, 1));
        Assert.InRange(weights[..4].Sum(), 0, 1);
    }

    [Fact]
    public void Constructor_WrongOptions_ListsAllFaults()
    {
        using var model = TinyTag2Text.Model();

        var error = Assert.Throws<ArgumentException>(() =>
            TinyTag2Text.Predictor(model, new() { Threshold = 2, GuideThreshold = -1, ExcludedTags = [5] }));

        Assert.Contains("Threshold 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("GuideThreshold -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("ExcludedTags has 5", error.Message, StringComparison.Ordinal);
    }
}
