namespace Gloss.Evaluation;

/// <summary>One direction of retrieval: the share of queries with a right answer among the first 1, 5, 10.</summary>
/// <param name="R1">R@1, a fraction from 0 to 1.</param>
/// <param name="R5">R@5, a fraction from 0 to 1.</param>
/// <param name="R10">R@10, a fraction from 0 to 1.</param>
/// <param name="Ranks">The rank of the best right answer of each query, from 0.</param>
public sealed record RecallAtK(double R1, double R5, double R10, IReadOnlyList<int> Ranks)
{
    /// <summary>Mean of the three recalls.</summary>
    public double Mean => (R1 + R5 + R10) / 3;
}
