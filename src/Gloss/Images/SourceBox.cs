namespace Gloss.Images;

/// <summary>
/// The part of a picture that a resize maps onto its target, in fractional pixels, as Pillow's <c>resize(box=)</c>:
/// at its edges the filter still sees pixels outside of it.
/// </summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width, above 0.</param>
/// <param name="Height">Height, above 0.</param>
public readonly record struct SourceBox(float X, float Y, float Width, float Height);
