using System.Text.Json;
using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class RetrievalMetricsTests
{
    [Theory]
    [InlineData("similarity", "lower_index_first", RankTies.LowerIndexFirst)]
    [InlineData("similarity", "pessimistic_all_ties", RankTies.Pessimistic)]
    [InlineData("similarity_tied", "lower_index_first", RankTies.LowerIndexFirst)]
    [InlineData("similarity_tied", "higher_index_first", RankTies.HigherIndexFirst)]
    [InlineData("similarity_tied", "optimistic", RankTies.Optimistic)]
    [InlineData("similarity_tied", "pessimistic_all_ties", RankTies.Pessimistic)]
    public void Compute_OfficialSimilarities_GivesOfficialRecalls(string matrix, string rule, RankTies ties)
    {
        var expected = MatrixReference.Expected("retrieval_expected.json").GetProperty(matrix);

        var result = RetrievalMetrics.Compute(MatrixReference.Floats(matrix), Owners(), ties);

        var recalls = expected.GetProperty(rule);
        Compare(recalls, "image_to_text", result.ImageToText);
        Compare(recalls, "text_to_image", result.TextToImage);
        if (ties == RankTies.LowerIndexFirst)
        {
            var ranks = expected.GetProperty("lower_index_first_ranks");
            Assert.Equal(Ints(ranks.GetProperty("image_to_text")), result.ImageToText.Ranks);
            Assert.Equal(Ints(ranks.GetProperty("text_to_image")), result.TextToImage.Ranks);
        }
    }

    [Fact]
    public void Compute_NoTies_GivesTheFiguresOfThePublishedFunction()
    {
        var expected = MatrixReference.Expected("retrieval_expected.json")
            .GetProperty("similarity").GetProperty("blip_itm_eval");

        var result = RetrievalMetrics.Compute(MatrixReference.Floats("similarity"), Owners());

        Assert.Equal(expected.GetProperty("txt_r_mean").GetDouble(), 100 * result.ImageToText.Mean, 1e-9);
        Assert.Equal(expected.GetProperty("img_r_mean").GetDouble(), 100 * result.TextToImage.Mean, 1e-9);
        Assert.Equal(expected.GetProperty("r_mean").GetDouble(), 100 * result.Mean, 1e-9);
    }

    [Fact]
    public void Compute_SmallMatrix_GivesRanksByHand()
    {
        // Two images with two captions each; the second image's captions are also closest to the first image.
        float[] similarity =
        [
            0.9f, 0.2f, 0.8f, 0.7f,
            0.1f, 0.3f, 0.6f, 0.2f,
        ];

        var result = RetrievalMetrics.Compute(similarity, [0, 0, 1, 1]);

        Assert.Equal([0, 0], result.ImageToText.Ranks);
        Assert.Equal([0, 1, 1, 1], result.TextToImage.Ranks);
        Assert.Equal(0.25, result.TextToImage.R1);
    }

    [Theory]
    [InlineData(RankTies.LowerIndexFirst, 0, 1)]
    [InlineData(RankTies.HigherIndexFirst, 1, 0)]
    [InlineData(RankTies.Optimistic, 0, 0)]
    [InlineData(RankTies.Pessimistic, 1, 1)]
    public void Compute_AllEqual_FollowsTheRule(RankTies ties, int first, int second)
    {
        var result = RetrievalMetrics.Compute([1f, 1f, 1f, 1f], [0, 1], ties);

        Assert.Equal([first, second], result.ImageToText.Ranks);
        Assert.Equal([first, second], result.TextToImage.Ranks);
    }

    [Fact]
    public void Compute_ImageWithoutCaption_SaysWhich()
    {
        var error = Assert.Throws<ArgumentException>(() => RetrievalMetrics.Compute([1f, 1f, 1f, 1f], [0, 0]));

        Assert.Contains("image 1 has no caption", error.Message);
    }

    private static int[] Owners() => [.. Enumerable.Range(0, 500).Select(j => j / 5)];

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetInt32())];

    private static void Compare(JsonElement expected, string direction, RecallAtK actual)
    {
        Assert.Equal(expected.GetProperty($"{direction}_R1").GetDouble(), 100 * actual.R1, 1e-9);
        Assert.Equal(expected.GetProperty($"{direction}_R5").GetDouble(), 100 * actual.R5, 1e-9);
        Assert.Equal(expected.GetProperty($"{direction}_R10").GetDouble(), 100 * actual.R10, 1e-9);
    }
}
