namespace Gloss.Images;

/// <summary>A path that should hold a picture, or why there is none.</summary>
/// <param name="Path">As given or found.</param>
/// <param name="Error">Why the path gives no picture, or null.</param>
public sealed record ImageFile(string Path, ImageException? Error = null);
