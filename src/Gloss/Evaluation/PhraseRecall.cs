namespace Gloss.Evaluation;

/// <summary>Recall of phrases: in how many of them one of the first boxes overlaps the truth.</summary>
/// <param name="At1">By the surest box, 0–1.</param>
/// <param name="At5">By one of the five surest.</param>
/// <param name="At10">By one of the ten surest.</param>
/// <param name="Upper">By any box.</param>
/// <param name="Phrases">How many phrases.</param>
public sealed record PhraseRecall(double At1, double At5, double At10, double Upper, int Phrases)
{
    /// <summary>
    /// Recall over all phrases and by type, by falling number of phrases. A phrase with several boxes counts with the
    /// smallest box around them, as is usual on Flickr30k Entities (Plummer et al., 2015; Kamath et al., "MDETR", 2021,
    /// protocol "merged boxes"). A phrase is found where the overlap (IoU) is at least <paramref name="iou"/>.
    /// </summary>
    public static (PhraseRecall All, IReadOnlyList<(string Type, PhraseRecall Recall)> ByType) Measure(
        IReadOnlyCollection<PhraseGrounding> phrases, double iou = 0.5)
    {
        ArgumentNullException.ThrowIfNull(phrases);
        var ranked = phrases.Select(p => (p.Types, Rank: FirstHit(p, iou))).ToArray();
        var types = ranked.SelectMany(p => p.Types.Distinct(StringComparer.Ordinal).Select(type => (type, p.Rank)))
            .GroupBy(p => p.type, p => p.Rank, StringComparer.Ordinal)
            .Select(g => (g.Key, Of([.. g]))).OrderByDescending(g => g.Item2.Phrases)
                .ThenBy(g => g.Key, StringComparer.Ordinal).ToArray();
        return (Of([.. ranked.Select(p => p.Rank)]), types);
    }

    /// <summary>
    /// Accuracy of referring expressions (Kazemzadeh et al., "ReferItGame", 2014): the share of expressions whose
    /// surest box overlaps the truth by at least <paramref name="iou"/>.
    /// </summary>
    public static double ReferringAccuracy(IReadOnlyCollection<PhraseGrounding> expressions, double iou = 0.5) =>
        Measure(expressions, iou).All.At1;

    // Place of the first box that is right, or the largest number.
    private static int FirstHit(PhraseGrounding phrase, double iou)
    {
        var truth = BoxRules.Union([.. phrase.Truth]);
        for (var i = 0; i < phrase.Found.Count; i++)
        {
            if (phrase.Found[i].IntersectionOverUnion(truth) >= iou)
                return i;
        }
        return int.MaxValue;
    }

    private static PhraseRecall Of(int[] ranks)
    {
        double Within(int k) => ranks.Length == 0 ? 0 : ranks.Count(r => r < k) / (double)ranks.Length;
        return new PhraseRecall(Within(1), Within(5), Within(10), Within(int.MaxValue), ranks.Length);
    }
}
