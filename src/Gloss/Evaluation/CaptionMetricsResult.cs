namespace Gloss.Evaluation;

/// <summary>The caption measures of a corpus, each with its corpus figure and the figures of the items.</summary>
/// <param name="Bleu1">BLEU-1.</param>
/// <param name="Bleu2">BLEU-2.</param>
/// <param name="Bleu3">BLEU-3.</param>
/// <param name="Bleu4">BLEU-4.</param>
/// <param name="RougeL">ROUGE-L.</param>
/// <param name="CiderD">CIDEr-D, in the public tool's unit: 10 is the most, 1 is what papers print as 100.</param>
public sealed record CaptionMetricsResult(
    CaptionScore Bleu1, CaptionScore Bleu2, CaptionScore Bleu3, CaptionScore Bleu4, CaptionScore RougeL,
    CaptionScore CiderD);
