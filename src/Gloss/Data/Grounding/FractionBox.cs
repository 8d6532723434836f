namespace Gloss.Data.Grounding;

/// <summary>A box as fractions of a picture's width and height, 0–1.</summary>
/// <param name="Left">Left edge.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Right">Right edge.</param>
/// <param name="Bottom">Lower edge.</param>
public readonly record struct FractionBox(float Left, float Top, float Right, float Bottom)
{
    /// <summary>Width, of the picture's.</summary>
    public float Width => Right - Left;

    /// <summary>Height, of the picture's.</summary>
    public float Height => Bottom - Top;

    /// <summary>The smallest box around this one and another.</summary>
    public FractionBox Union(FractionBox other) => new(Math.Min(Left, other.Left), Math.Min(Top, other.Top),
        Math.Max(Right, other.Right), Math.Max(Bottom, other.Bottom));

    /// <summary>The part inside the picture.</summary>
    public FractionBox Clipped =>
        new(Math.Clamp(Left, 0, 1), Math.Clamp(Top, 0, 1), Math.Clamp(Right, 0, 1), Math.Clamp(Bottom, 0, 1));
}
