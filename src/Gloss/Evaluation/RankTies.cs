namespace Gloss.Evaluation;

/// <summary>What equal similarities do to a rank. Without equal similarities all rules agree.</summary>
public enum RankTies
{
    /// <summary>The candidate with the lower index ranks first, as in a stable sort.</summary>
    LowerIndexFirst,

    /// <summary>The candidate with the higher index ranks first, as in a stable sort read from its end.</summary>
    HigherIndexFirst,

    /// <summary>Only strictly greater similarities count against a candidate.</summary>
    Optimistic,

    /// <summary>All others at least as similar count against a candidate, its fellow right answers too.</summary>
    Pessimistic,
}
