namespace Gloss.Inference;

/// <summary>Precision, recall and F1 over classes (C) and overall (O).</summary>
/// <param name="Threshold">The threshold of all tags; null: each tag's own.</param>
/// <param name="CP">Mean precision of the classes.</param>
/// <param name="CR">Mean recall of the classes.</param>
/// <param name="CF1">Harmonic mean of both.</param>
/// <param name="OP">Precision of all decisions.</param>
/// <param name="OR">Recall of all decisions.</param>
/// <param name="OF1">Harmonic mean of both.</param>
public sealed record TaggingDecisions(float? Threshold, double CP, double CR, double CF1, double OP, double OR,
    double OF1);
