namespace Gloss.Inference;

/// <summary>One picture of a <see cref="SteeringReport"/>.</summary>
/// <param name="Image">What the data set calls the picture.</param>
/// <param name="Tag">The requested tag.</param>
/// <param name="Unguided">The caption without tags.</param>
/// <param name="NotAsked">The caption guided by the recognised tags.</param>
/// <param name="Asked">The caption guided by the requested tag alone.</param>
/// <param name="AskedBesides">The caption guided by the recognised tags and the requested one.</param>
public sealed record SteeringExample(string Image, string Tag, string Unguided, string NotAsked, string Asked,
    string AskedBesides);
