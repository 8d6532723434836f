namespace Gloss.Evaluation;

/// <summary>The figures of one category over all areas; -1 where the category has nothing to find.</summary>
/// <param name="CategoryId">The category.</param>
/// <param name="Ap">AP, mean over IoU 0.50 to 0.95.</param>
/// <param name="Ap50">AP at IoU 0.50.</param>
/// <param name="Ap75">AP at IoU 0.75.</param>
/// <param name="Ar100">Recall with at most 100 detections an image, mean over IoU 0.50 to 0.95.</param>
/// <param name="Annotations">How many annotations it has, crowds among them.</param>
public sealed record CocoCategoryResult(
    int CategoryId, double Ap, double Ap50, double Ap75, double Ar100, int Annotations);
