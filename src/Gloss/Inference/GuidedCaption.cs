namespace Gloss.Inference;

/// <summary>A caption and what guided it.</summary>
/// <param name="Image">What the data set calls the picture.</param>
/// <param name="Tags">The tags that guided it.</param>
/// <param name="Caption">The caption.</param>
public sealed record GuidedCaption(string Image, IReadOnlyList<string> Tags, string Caption);
