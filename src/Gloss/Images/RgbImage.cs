namespace Gloss.Images;

/// <summary>A decoded picture: 8-bit red, green, blue, rows from the top, no padding.</summary>
public sealed class RgbImage
{
    /// <summary>Takes <paramref name="pixels"/> over without copying.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">(height, width, 3) bytes, row-major.</param>
    /// <exception cref="ArgumentException">The buffer is not height × width × 3 bytes.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.LongLength != 3L * width * height)
            throw new ArgumentException(
                $"RgbImage · pixels · expected {width} x {height} x 3 = {3L * width * height} bytes, "
                + $"got {pixels.LongLength}", nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>A picture of one colour, black unless told.</summary>
    public RgbImage(int width, int height, byte red = 0, byte green = 0, byte blue = 0)
        : this(width, height, new byte[checked(3 * width * height)])
    {
        if ((red | green | blue) == 0)
            return;
        for (var i = 0; i < Pixels.Length; i += 3)
            (Pixels[i], Pixels[i + 1], Pixels[i + 2]) = (red, green, blue);
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>(Height, Width, 3) bytes, 0–255, row-major.</summary>
    public byte[] Pixels { get; }

    /// <summary>A copy of the part inside <paramref name="rectangle"/>.</summary>
    /// <exception cref="ArgumentException">The rectangle is empty or leaves the picture.</exception>
    public RgbImage Crop(PixelRectangle rectangle)
    {
        rectangle.ThrowIfOutside(Width, Height);
        var pixels = new byte[3 * rectangle.Width * rectangle.Height];
        for (var y = 0; y < rectangle.Height; y++)
        {
            Pixels.AsSpan(3 * (((rectangle.Y + y) * Width) + rectangle.X), 3 * rectangle.Width)
                .CopyTo(pixels.AsSpan(3 * y * rectangle.Width));
        }
        return new RgbImage(rectangle.Width, rectangle.Height, pixels);
    }

    /// <summary>The picture's luma, (Height, Width) bytes: (19595 R + 38470 G + 7471 B + 32768) / 65536.</summary>
    public byte[] ToGray()
    {
        var gray = new byte[Width * Height];
        var pixels = Pixels;
        for (int i = 0, j = 0; i < gray.Length; i++, j += 3)
            gray[i] = (byte)(((19595 * pixels[j]) + (38470 * pixels[j + 1]) + (7471 * pixels[j + 2]) + 32768) >> 16);
        return gray;
    }
}
