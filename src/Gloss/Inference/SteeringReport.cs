namespace Gloss.Inference;

/// <summary>
/// How captions follow tags: for each picture one tag is requested that its references name and the caption without any tags
/// does not. Counted is how often captions name it then.
/// </summary>
/// <param name="Pictures">Pictures with such a tag.</param>
/// <param name="NotAsked">Captions guided by the recognised tags that name it anyway.</param>
/// <param name="Asked">Captions guided by the requested tag alone that name it.</param>
/// <param name="AskedBesides">Captions guided by the recognised tags and the requested one that name it.</param>
/// <param name="Examples">Each picture's request and captions.</param>
public sealed record SteeringReport(int Pictures, int NotAsked, int Asked, int AskedBesides, IReadOnlyList<SteeringExample> Examples);

/// <summary>One picture of a <see cref="SteeringReport"/>.</summary>
/// <param name="Image">What the data set calls the picture.</param>
/// <param name="Tag">The requested tag.</param>
/// <param name="Unguided">The caption without tags.</param>
/// <param name="NotAsked">The caption guided by the recognised tags.</param>
/// <param name="Asked">The caption guided by the requested tag alone.</param>
/// <param name="AskedBesides">The caption guided by the recognised tags and the requested one.</param>
public sealed record SteeringExample(string Image, string Tag, string Unguided, string NotAsked, string Asked, string AskedBesides);
