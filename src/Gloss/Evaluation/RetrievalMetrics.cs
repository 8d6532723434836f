namespace Gloss.Evaluation;

/// <summary>R@1, R@5 and R@10 between images and captions, with a stated rule for equal similarities.</summary>
public static class RetrievalMetrics
{
    /// <summary>Recalls both ways.</summary>
    /// <param name="similarity">(I, T) float32, row-major: I images, T captions; higher is more alike; no NaN.</param>
    /// <param name="imageOfCaption">(T) the image, from 0, of each caption; each image has one or more.</param>
    /// <param name="ties">What equal similarities do.</param>
    /// <exception cref="ArgumentException">
    /// Sizes do not fit, an image has no caption, or a similarity is NaN.
    /// </exception>
    public static RetrievalResult Compute(
        ReadOnlySpan<float> similarity, ReadOnlySpan<int> imageOfCaption, RankTies ties = RankTies.LowerIndexFirst)
    {
        var numCaptions = imageOfCaption.Length;
        var numImages = Check(similarity, imageOfCaption);
        var imageRanks = new int[numImages];
        Array.Fill(imageRanks, int.MaxValue);
        var captionRanks = new int[numCaptions];
        for (var caption = 0; caption < numCaptions; caption++)
        {
            var image = imageOfCaption[caption];
            var row = similarity.Slice(image * numCaptions, numCaptions);
            imageRanks[image] = Math.Min(imageRanks[image], Rank(row, 1, caption, ties));
            captionRanks[caption] = Rank(similarity[caption..], numCaptions, image, ties);
        }
        return new RetrievalResult(Recalls(imageRanks), Recalls(captionRanks));
    }

    /// <summary>How many candidates stand before one of them; candidate i is at <c>i * stride</c>.</summary>
    private static int Rank(ReadOnlySpan<float> candidates, int stride, int candidate, RankTies ties)
    {
        var own = candidates[candidate * stride];
        var (greater, equalBefore, equalAfter) = (0, 0, 0);
        for (int i = 0, at = 0; at < candidates.Length; i++, at += stride)
        {
            if (candidates[at] > own)
                greater++;
            else if (candidates[at] == own && i < candidate)
                equalBefore++;
            else if (candidates[at] == own && i > candidate)
                equalAfter++;
        }
        return ties switch
        {
            RankTies.LowerIndexFirst => greater + equalBefore,
            RankTies.HigherIndexFirst => greater + equalAfter,
            RankTies.Optimistic => greater,
            RankTies.Pessimistic => greater + equalBefore + equalAfter,
            _ => throw new ArgumentOutOfRangeException(nameof(ties), ties, "retrieval measures: unknown rule for ties"),
        };
    }

    private static RecallAtK Recalls(int[] ranks)
    {
        double Share(int k) => ranks.Length == 0 ? 0 : ranks.Count(rank => rank < k) / (double)ranks.Length;
        return new RecallAtK(Share(1), Share(5), Share(10), ranks);
    }

    private static int Check(ReadOnlySpan<float> similarity, ReadOnlySpan<int> imageOfCaption)
    {
        if (imageOfCaption.IsEmpty || similarity.Length % imageOfCaption.Length != 0)
        {
            throw new ArgumentException(
                $"retrieval measures: expected similarities of (images, {imageOfCaption.Length}), got "
                + $"{similarity.Length}; hint: one column a caption", nameof(similarity));
        }
        var numImages = similarity.Length / imageOfCaption.Length;
        var hasCaption = new bool[numImages];
        for (var caption = 0; caption < imageOfCaption.Length; caption++)
        {
            var image = imageOfCaption[caption];
            if (image < 0 || image >= numImages)
            {
                throw new ArgumentException(
                    $"retrieval measures: caption {caption} belongs to image {image}, expected 0 to {numImages - 1}",
                    nameof(imageOfCaption));
            }
            hasCaption[image] = true;
        }
        if (Array.IndexOf(hasCaption, false) is >= 0 and var missing)
        {
            throw new ArgumentException(
                $"retrieval measures: image {missing} has no caption; hint: leave its row out", nameof(imageOfCaption));
        }
        foreach (var value in similarity)
        {
            if (float.IsNaN(value))
                throw new ArgumentException("retrieval measures: a similarity is NaN", nameof(similarity));
        }
        return numImages;
    }
}
