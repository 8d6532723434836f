namespace Gloss.Inference;

/// <summary>One tag measured.</summary>
/// <param name="Name">The tag.</param>
/// <param name="Positives">Pictures that have it.</param>
/// <param name="AveragePrecision">Its average precision.</param>
public sealed record TagPrecision(string Name, int Positives, double AveragePrecision);
