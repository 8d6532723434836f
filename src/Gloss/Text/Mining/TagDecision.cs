namespace Gloss.Text.Mining;

/// <summary>What became of a place in a caption that might be a tag.</summary>
/// <param name="Tag">The tag's name; null where it became none.</param>
/// <param name="Type">The type that the place was read as.</param>
/// <param name="Start">Offset of the place's first character.</param>
/// <param name="End">Offset behind its last character.</param>
/// <param name="Reason">Why it has another name than in the caption, or none; empty where the name is the caption's
/// own.</param>
public sealed record TagDecision(string? Tag, TagType Type, int Start, int End, string Reason);
