namespace Gloss.Inference;

/// <summary>How well a model tags a data set whose labels are mined from captions; all figures are fractions.</summary>
public sealed record TaggingReport
{
    /// <summary>Pictures that were measured.</summary>
    public required int Pictures { get; init; }

    /// <summary>Tags of the vocabulary.</summary>
    public required int Tags { get; init; }

    /// <summary>Positives that a tag needs to be counted.</summary>
    public required int MinPositives { get; init; }

    /// <summary>Tags with so many positives: the measures below are over them alone.</summary>
    public required int CountedTags { get; init; }

    /// <summary>Mean average precision over the counted tags.</summary>
    public required double MeanAveragePrecision { get; init; }

    /// <summary>Precision, recall and F1 with the thresholds by which the model gives tags.</summary>
    public required TaggingDecisions Decisions { get; init; }

    /// <summary>The one threshold for all tags with the best overall F1, and what it gives.</summary>
    public required TaggingDecisions BestOverall { get; init; }

    /// <summary>The one threshold for all tags with the best class-wise F1, and what it gives.</summary>
    public required TaggingDecisions BestPerClass { get; init; }

    /// <summary>Tags that a picture is given with the model's thresholds, mean over pictures and all tags.</summary>
    public required double TagsPerPicture { get; init; }

    /// <summary>Mined tags of a picture, mean over pictures and all tags.</summary>
    public required double LabelsPerPicture { get; init; }

    /// <summary>Average precision of each counted tag.</summary>
    public required IReadOnlyList<TagPrecision> PerTag { get; init; }
}
