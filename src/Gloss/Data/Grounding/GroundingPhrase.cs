namespace Gloss.Data.Grounding;

/// <summary>A phrase of a caption and where it is.</summary>
/// <param name="Start">Its first character in the caption.</param>
/// <param name="End">Behind its last character.</param>
/// <param name="Boxes">Where it is; several where it names several things.</param>
/// <param name="Types">What kind of thing it names, as Flickr30k Entities has it; empty where the data has no
/// types.</param>
public sealed record GroundingPhrase(int Start, int End, IReadOnlyList<FractionBox> Boxes, IReadOnlyList<string> Types);
