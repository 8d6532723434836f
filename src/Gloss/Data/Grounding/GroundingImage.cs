namespace Gloss.Data.Grounding;

/// <summary>
/// A picture with captions whose phrases have boxes (grounding data), or with objects (detection data).
/// </summary>
public sealed record GroundingImage
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its captions; empty in detection data.</summary>
    public IReadOnlyList<GroundingCaption> Captions { get; init; } = [];

    /// <summary>Its objects; null in grounding data.</summary>
    public IReadOnlyList<DetectedObject>? Objects { get; init; }

    /// <summary>Its number in a COCO file; null in other data.</summary>
    public long? Id { get; init; }

    /// <summary>
    /// A COCO file's annotations of it as they stand, of which <see cref="Objects"/> are those to learn from; null in
    /// other data.
    /// </summary>
    public IReadOnlyList<CocoAnnotation>? Annotations { get; init; }
}
