namespace Gloss.Data.Grounding;

/// <summary>An object of detection data.</summary>
/// <param name="Category">The name of its category.</param>
/// <param name="Box">Where it is.</param>
public sealed record DetectedObject(string Category, FractionBox Box);
