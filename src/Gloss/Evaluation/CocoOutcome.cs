namespace Gloss.Evaluation;

/// <summary>What a detection counts as at one area range and one IoU.</summary>
internal enum CocoOutcome
{
    /// <summary>Took no annotation, and is itself within the area range.</summary>
    Wrong,

    /// <summary>Took an annotation that was to be found.</summary>
    Right,

    /// <summary>Neither: it took an ignored annotation, or took none and is outside the area range.</summary>
    Ignored,
}
