using Gloss.Evaluation;

namespace Gloss.Inference;

/// <summary>Shares of queries with a right answer among the first 1, 5 and 10.</summary>
/// <param name="R1">R@1, 0–1.</param>
/// <param name="R5">R@5, 0–1.</param>
/// <param name="R10">R@10, 0–1.</param>
public sealed record RecallFigures(double R1, double R5, double R10)
{
    internal static RecallFigures Of(RecallAtK recall) => new(recall.R1, recall.R5, recall.R10);
}
