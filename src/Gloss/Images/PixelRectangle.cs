namespace Gloss.Images;

/// <summary>A part of a picture in whole pixels.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelRectangle(int X, int Y, int Width, int Height)
{
    internal void ThrowIfOutside(int imageWidth, int imageHeight)
    {
        if (X < 0 || Y < 0 || Width < 1 || Height < 1 || X > imageWidth - Width || Y > imageHeight - Height)
            throw new ArgumentException(
                $"crop {Width} x {Height} at ({X}, {Y}) · expected a part of {imageWidth} x {imageHeight} pixels");
    }
}
