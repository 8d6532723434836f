namespace Gloss.Images;

/// <summary>One result of <see cref="DecodeAhead"/>: a picture, or why there is none.</summary>
/// <param name="Index">Its place in the sequence, from 0.</param>
/// <param name="Path">Its path.</param>
/// <param name="Image">The picture, or null.</param>
/// <param name="Error">Why there is no picture, or null.</param>
public sealed record DecodedImage(long Index, string Path, RgbImage? Image, ImageException? Error);
