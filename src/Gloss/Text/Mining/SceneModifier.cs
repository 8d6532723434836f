namespace Gloss.Text.Mining;

/// <summary>A modifier of an entity.</summary>
/// <param name="Name">Lower case, as in the caption.</param>
/// <param name="Start">Offset of its first character in the caption.</param>
/// <param name="End">Offset behind its last character.</param>
/// <param name="IsQuantity">Whether it says how many ("two", "several").</param>
public sealed record SceneModifier(string Name, int Start, int End, bool IsQuantity);
