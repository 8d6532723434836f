namespace Gloss.Images;

/// <summary>A width and a height in pixels.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
public readonly record struct ImageSize(int Width, int Height);
