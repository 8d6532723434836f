using Gloss.Images;

namespace Gloss.Inference;

/// <summary>What a model says of one picture.</summary>
/// <param name="Path">Where the picture lies.</param>
/// <param name="Width">Its width in pixels, upright; 0 where it could not be read.</param>
/// <param name="Height">Its height in pixels, upright; 0 where it could not be read.</param>
/// <param name="Tags">Its tags, the most likely first; empty where none was asked for.</param>
/// <param name="Caption">Its caption, or null where none was asked for.</param>
/// <param name="Error">Why it could not be read, or null.</param>
public sealed record RecognizedImage(string Path, int Width, int Height, IReadOnlyList<RecognizedTag> Tags,
    string? Caption = null, ImageException? Error = null);
