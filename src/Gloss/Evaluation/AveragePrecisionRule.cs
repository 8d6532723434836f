namespace Gloss.Evaluation;

/// <summary>How average precision treats equal scores. Without equal scores all rules agree to 1e-8.</summary>
public enum AveragePrecisionRule
{
    /// <summary>
    /// Recognize Anything's sum of precisions at positives, divided by (positives + 1e-8); equal scores rank by rising
    /// row. (The published code leaves the order of equal scores to an unstable sort.)
    /// </summary>
    FirstRowFirst,

    /// <summary>As <see cref="FirstRowFirst"/>, but equal scores rank by falling row.</summary>
    LastRowFirst,

    /// <summary>scikit-learn's <c>average_precision_score</c>: equal scores are one step of the curve.</summary>
    TiesGrouped,
}
