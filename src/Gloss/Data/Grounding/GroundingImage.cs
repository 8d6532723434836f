namespace Gloss.Data.Grounding;

/// <summary>A picture with captions whose phrases have boxes (grounding data), or with objects (detection data).</summary>
public sealed record GroundingImage
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its captions; empty in detection data.</summary>
    public IReadOnlyList<GroundingCaption> Captions { get; init; } = [];

    /// <summary>Its objects; null in grounding data.</summary>
    public IReadOnlyList<DetectedObject>? Objects { get; init; }
}
