using System.Text.Json;
using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class CaptionMetricsTests
{
    // The stored figures agree to 1e-9 and better; the project asks for 1e-6.
    private const double Tolerance = 1e-9;

    [Fact]
    public void Compute_OfficialCaptions_GivesOfficialItems()
    {
        var items = CaptionReference.Items();
        var result = CaptionMetrics.Compute(
            [.. items.Select(x => x.Hypothesis)], [.. items.Select(x => (IReadOnlyList<string>)x.References)]);
        CaptionScore[] bleu = [result.Bleu1, result.Bleu2, result.Bleu3, result.Bleu4];
        for (var i = 0; i < items.Count; i++)
        {
            for (var n = 0; n < 4; n++)
                Assert.Equal(items[i].Bleu[n], bleu[n].Items[i], Tolerance);
            Assert.Equal(items[i].RougeL, result.RougeL.Items[i], Tolerance);
            Assert.Equal(items[i].CiderD, result.CiderD.Items[i], Tolerance);
        }
    }

    [Theory]
    [InlineData("all", "")]
    [InlineData("without_kind_odd", "odd")]
    public void Compute_OfficialCaptions_GivesOfficialCorpus(string subset, string without)
    {
        var items = CaptionReference.Items().Where(x => x.Kind != without).ToList();
        using var document = JsonDocument.Parse(
            File.ReadAllText(ReferenceData.Require("reference/metrics/captions_corpus.json")));
        var expected = document.RootElement.GetProperty(subset);

        var result = CaptionMetrics.Compute(
            [.. items.Select(x => x.Hypothesis)], [.. items.Select(x => (IReadOnlyList<string>)x.References)]);

        var bleu = expected.GetProperty("bleu");
        Assert.Equal(bleu[0].GetDouble(), result.Bleu1.Corpus, Tolerance);
        Assert.Equal(bleu[1].GetDouble(), result.Bleu2.Corpus, Tolerance);
        Assert.Equal(bleu[2].GetDouble(), result.Bleu3.Corpus, Tolerance);
        Assert.Equal(bleu[3].GetDouble(), result.Bleu4.Corpus, Tolerance);
        Assert.Equal(expected.GetProperty("rouge_l").GetDouble(), result.RougeL.Corpus, Tolerance);
        Assert.Equal(expected.GetProperty("cider_d").GetDouble(), result.CiderD.Corpus, Tolerance);
    }

    [Fact]
    public void Compute_PerfectCaptions_GivesTheMost()
    {
        string[] captions = ["a dog runs over grass", "two children play in snow", "the red car stands there"];

        var result = CaptionMetrics.Compute(captions, [.. captions.Select(x => (IReadOnlyList<string>)[x])]);

        Assert.Equal(1, result.Bleu4.Corpus, 1e-6);
        Assert.Equal(1, result.RougeL.Corpus, 1e-12);
        Assert.Equal(10, result.CiderD.Corpus, 1e-9);
    }

    [Fact]
    public void Compute_ClippedCounts_GivesBleuOfThePaper()
    {
        // Papineni et al., section 2.1: "the" seven times against a reference with two gives 2/7.
        var bleu = Bleu.Compute(
            ["the the the the the the the"], [["the cat is on the mat", "there is a cat on the mat"]]);

        Assert.Equal(2.0 / 7, bleu[0].Corpus, 1e-8);
    }

    [Fact]
    public void Compute_ShortCaption_PaysBrevityToTheClosestReference()
    {
        // Lengths 2 and 4 are equally far from 3; the shorter counts, so nothing is paid.
        var tied = Bleu.Compute(["a b c"], [["a b", "a b c d"]]);
        var shorter = Bleu.Compute(["a b c"], [["a b c d"]]);

        Assert.Equal(1, tied[0].Corpus, 1e-8);
        Assert.Equal(Math.Exp(1 - (4.0 / 3)), shorter[0].Corpus, 1e-8);
    }

    [Fact]
    public void Compute_PartOfAReference_GivesRougeByHand()
    {
        // Common subsequence "a c" of 3 and 4 tokens: P = 2/3, R = 1/2, beta 1.2.
        var rouge = RougeL.Compute(["a x c"], [["a b c d"]]);

        Assert.Equal(2.44 * (2.0 / 3) * 0.5 / (0.5 + (1.44 * 2 / 3)), rouge.Corpus, 1e-12);
    }

    [Fact]
    public void Compute_CorpusOfOne_HasNoCider()
    {
        Assert.Equal(0, CiderD.Compute(["a dog"], [["a dog"]]).Corpus);
    }

    [Fact]
    public void Compute_NoReference_SaysWhichItem()
    {
        var error = Assert.Throws<ArgumentException>(() => CaptionMetrics.Compute(["a", "b"], [["a"], []]));

        Assert.Contains("item 1 has no reference", error.Message);
    }
}
