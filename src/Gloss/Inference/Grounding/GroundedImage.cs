using Gloss.Images;

namespace Gloss.Inference.Grounding;

/// <summary>What was found in a picture.</summary>
/// <param name="Path">The picture.</param>
/// <param name="Size">Its size in pixels, upright; empty where it could not be read.</param>
/// <param name="Boxes">What was found, surest first.</param>
/// <param name="Error">Why it could not be read; null where it could.</param>
public sealed record GroundedImage(string Path, ImageSize Size, IReadOnlyList<GroundedBox> Boxes,
    ImageException? Error = null)
{
    /// <summary>Its pixels, upright, where they are still at hand.</summary>
    public RgbImage? Picture { get; init; }
}
