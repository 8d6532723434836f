namespace Gloss.Evaluation;

/// <summary>An object that a model found.</summary>
/// <param name="ImageId">The image it is in.</param>
/// <param name="CategoryId">What the model takes it for.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the model is; higher is surer, any range.</param>
public sealed record DetectedBox(long ImageId, int CategoryId, BoundingBox Box, double Score);
