namespace Gloss.Evaluation;

/// <summary>A rectangle as COCO writes it, in pixels.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Width, at least 0.</param>
/// <param name="Height">Height, at least 0.</param>
public readonly record struct BoundingBox(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>The area that two boxes share.</summary>
    public double Intersection(BoundingBox other)
    {
        var width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        var height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        return width <= 0 || height <= 0 ? 0 : width * height;
    }

    /// <summary>Intersection over union, 0 to 1; 0 for boxes that share no area.</summary>
    public double IntersectionOverUnion(BoundingBox other)
    {
        var intersection = Intersection(other);
        return intersection == 0 ? 0 : intersection / (Area + other.Area - intersection);
    }
}
