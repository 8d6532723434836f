namespace Gloss.Images;

/// <summary>A rectangle with a text to it.</summary>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
/// <param name="Kind">What decides its colour.</param>
/// <param name="Text">What is written to it.</param>
public sealed record LabelledBox(double X, double Y, double Width, double Height, string Kind, string Text);
