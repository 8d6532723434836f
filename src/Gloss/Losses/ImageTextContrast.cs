using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>
/// Image-text contrast with momentum (ALBEF, Li et al., NeurIPS 2021, equations 1, 5 and 6; so in BLIP and Tag2Text):
/// every embedding is to find those of its own pair among the batch's and the queue's, with soft targets by the
/// momentum encoders.
/// </summary>
public static class ImageTextContrast
{
    /// <summary>The mean of both directions' cross entropies.</summary>
    /// <param name="images">Embeddings of pictures (B, W), length 1.</param>
    /// <param name="texts">Embeddings of their texts (B, W), length 1.</param>
    /// <param name="imageCandidates">What texts are held against (M, W): the batch's pictures by the momentum encoders,
    /// then the queue.</param>
    /// <param name="textCandidates">What pictures are held against (M, W), in the same order.</param>
    /// <param name="isOwn">(B, M) float32: 1 where a candidate is of the row's picture; each row has one or
    /// more.</param>
    /// <param name="temperature">Divides similarities, one element.</param>
    /// <param name="softness">Share of the momentum encoders' own similarities in the targets, 0–1; 0.4 in ALBEF and
    /// BLIP.</param>
    public static Tensor Compute(Tensor images, Tensor texts, Tensor imageCandidates, Tensor textCandidates,
        Tensor isOwn,
        Tensor temperature, double softness)
    {
        using var scope = TensorScope.Begin();
        var (toTexts, toImages) = Targets(imageCandidates, textCandidates, isOwn, temperature, softness);
        var imageLoss = CrossEntropy(images.MatMul(textCandidates.Transpose(0, 1)) / temperature, toTexts);
        var textLoss = CrossEntropy(texts.MatMul(imageCandidates.Transpose(0, 1)) / temperature, toImages);
        return scope.Return((imageLoss + textLoss) / 2.0);
    }

    // What each picture should find among the texts and each text among the pictures, rows summing to 1.
    private static (Tensor ToTexts, Tensor ToImages) Targets(Tensor imageCandidates, Tensor textCandidates,
        Tensor isOwn,
        Tensor temperature, double softness)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var hard = isOwn / isOwn.Sum([1], keep: true);
        if (softness == 0)
            return (scope.Return(hard), scope.Return(hard.Clone()));
        var B = isOwn.Size(0);
        Tensor Soft(Tensor own, Tensor candidates) =>
            (own.Narrow(0, 0, B).MatMul(candidates.Transpose(0, 1)) / temperature)
                .Softmax(1) * softness + hard * (1 - softness);
        return (scope.Return(Soft(imageCandidates, textCandidates)),
            scope.Return(Soft(textCandidates, imageCandidates)));
    }

    private static Tensor CrossEntropy(Tensor logits, Tensor targets) =>
        -(logits.LogSoftmax(1) * targets).Sum([1]).Mean();
}
