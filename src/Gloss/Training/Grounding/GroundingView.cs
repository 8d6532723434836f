using Gloss.Data.Grounding;
using Gloss.Images;

namespace Gloss.Training.Grounding;

/// <summary>The part of a picture that is seen, and whether it is mirrored left to right.</summary>
internal readonly record struct GroundingView(FractionBox Part, bool IsMirrored)
{
    // A thing of which less can be seen is not asked for.
    private const float LeastVisible = 0.4f;
    private static readonly FractionBox everything = new(0, 0, 1, 1);

    /// <summary>The whole picture.</summary>
    public static GroundingView Whole => new(everything, false);

    /// <summary>A view drawn at random.</summary>
    public static GroundingView Draw(double minScale, SeededGenerator generator)
    {
        var area = generator.NextDouble(minScale, 1);
        var ratio = Math.Exp(generator.NextDouble(-0.2, 0.2));
        var (width, height) = (Math.Min(1, Math.Sqrt(area * ratio)), Math.Min(1, Math.Sqrt(area / ratio)));
        var (left, top) = (generator.NextDouble() * (1 - width), generator.NextDouble() * (1 - height));
        return new GroundingView(new FractionBox((float)left, (float)top, (float)(left + width), (float)(top + height)),
            generator.NextBool(0.5));
    }

    /// <summary>The picture as it is seen, a square.</summary>
    public RgbImage Apply(RgbImage image, int side, ResizeFilter filter)
    {
        var (left, top) = ((int)(Part.Left * image.Width), (int)(Part.Top * image.Height));
        var part = new PixelRectangle(left, top, Math.Max(1, (int)Math.Round(Part.Right * image.Width) - left),
            Math.Max(1, (int)Math.Round(Part.Bottom * image.Height) - top));
        part = part with { Width = Math.Min(part.Width, image.Width - left),
            Height = Math.Min(part.Height, image.Height - top) };
        var seen = ImageResizer.Resize(image, part, side, side, filter);
        return IsMirrored ? AugmentOperations.Flip(seen) : seen;
    }

    /// <summary>A box as it is seen; null where too little of it is.</summary>
    public FractionBox? Apply(FractionBox box)
    {
        var moved = new FractionBox((box.Left - Part.Left) / Part.Width, (box.Top - Part.Top) / Part.Height,
            (box.Right - Part.Left) / Part.Width, (box.Bottom - Part.Top) / Part.Height);
        var seen = moved.Clipped;
        if (seen.Width <= 0 || seen.Height <= 0 || seen.Width * seen.Height < LeastVisible * moved.Width * moved.Height)
            return null;
        return IsMirrored ? seen with { Left = 1 - seen.Right, Right = 1 - seen.Left } : seen;
    }
}
