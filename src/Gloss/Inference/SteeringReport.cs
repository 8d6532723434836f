namespace Gloss.Inference;

/// <summary>
/// How captions follow tags: for each picture one tag is requested that its references name and the caption without any
/// tags does not. Counted is how often captions name it then.
/// </summary>
/// <param name="Pictures">Pictures with such a tag.</param>
/// <param name="NotAsked">Captions guided by the recognised tags that name it anyway.</param>
/// <param name="Asked">Captions guided by the requested tag alone that name it.</param>
/// <param name="AskedBesides">Captions guided by the recognised tags and the requested one that name it.</param>
/// <param name="Examples">Each picture's request and captions.</param>
public sealed record SteeringReport(int Pictures, int NotAsked, int Asked, int AskedBesides,
    IReadOnlyList<SteeringExample> Examples);
