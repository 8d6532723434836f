namespace Gloss.Data.Grounding;

/// <summary>A caption with those of its phrases that have boxes.</summary>
/// <param name="Text">The caption.</param>
/// <param name="Phrases">In the order of the data.</param>
public sealed record GroundingCaption(string Text, IReadOnlyList<GroundingPhrase> Phrases);
