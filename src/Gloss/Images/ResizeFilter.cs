namespace Gloss.Images;

/// <summary>How a resize weighs the pixels around a point; both are antialiased when shrinking, as Pillow's.</summary>
public enum ResizeFilter
{
    /// <summary>Triangle, support 1.</summary>
    Bilinear,

    /// <summary>Cubic with a = -0.5, support 2.</summary>
    Bicubic,
}
