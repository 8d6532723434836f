namespace Gloss.Training.Ram;

/// <summary>How the measured pictures are tagged.</summary>
/// <param name="Scores">Probabilities (N, K), row-major.</param>
/// <param name="MeanAveragePrecision">Over the tags with enough positives.</param>
/// <param name="Threshold">The one threshold with the best F1 over all decisions.</param>
/// <param name="OF1">That F1.</param>
internal sealed record TaggingFigures(float[] Scores, double MeanAveragePrecision, float Threshold, double OF1);
