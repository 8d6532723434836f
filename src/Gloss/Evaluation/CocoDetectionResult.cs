namespace Gloss.Evaluation;

/// <summary>
/// The twelve COCO figures and what stands behind them; fractions from 0 to 1, and -1 where there is nothing to find.
/// </summary>
public sealed record CocoDetectionResult
{
    /// <summary>AP, mean over IoU 0.50 to 0.95, all areas, at most 100 detections an image and category.</summary>
    public required double Ap { get; init; }

    /// <summary>AP at IoU 0.50.</summary>
    public required double Ap50 { get; init; }

    /// <summary>AP at IoU 0.75.</summary>
    public required double Ap75 { get; init; }

    /// <summary>AP of objects up to 32² pixels.</summary>
    public required double ApSmall { get; init; }

    /// <summary>AP of objects of 32² to 96² pixels.</summary>
    public required double ApMedium { get; init; }

    /// <summary>AP of objects from 96² pixels on.</summary>
    public required double ApLarge { get; init; }

    /// <summary>Recall with the surest detection of each image and category.</summary>
    public required double ArMax1 { get; init; }

    /// <summary>Recall with the 10 surest detections of each image and category.</summary>
    public required double ArMax10 { get; init; }

    /// <summary>Recall with the 100 surest detections of each image and category.</summary>
    public required double ArMax100 { get; init; }

    /// <summary>Recall of objects up to 32² pixels, 100 detections.</summary>
    public required double ArSmall { get; init; }

    /// <summary>Recall of objects of 32² to 96² pixels, 100 detections.</summary>
    public required double ArMedium { get; init; }

    /// <summary>Recall of objects from 96² pixels on, 100 detections.</summary>
    public required double ArLarge { get; init; }

    /// <summary>AP at IoU 0.50, 0.55 … 0.95, in this order.</summary>
    public required IReadOnlyList<double> ApByIou { get; init; }

    /// <summary>The figures of each category, in the order of the input.</summary>
    public required IReadOnlyList<CocoCategoryResult> Categories { get; init; }
}
