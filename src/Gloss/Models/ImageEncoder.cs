using Gloss.Torch;

namespace Gloss.Models;

/// <summary>Turns a picture into tokens: one for the whole picture, then one for each place of a grid.</summary>
public abstract class ImageEncoder : Module
{
    /// <summary>Width of a token.</summary>
    public abstract long Width { get; }

    /// <summary>Side of the square picture that <see cref="Forward"/> takes, in pixels.</summary>
    public abstract long ImageSize { get; }

    /// <summary>Number of tokens, with the leading one of the whole picture.</summary>
    public abstract long TokenCount { get; }

    /// <summary>
    /// Normalised pixels (B, 3, ImageSize, ImageSize), float32, to tokens (B, TokenCount, Width): first the token of
    /// the whole picture (the mean of the others, or the class token), then the places row by row.
    /// </summary>
    public abstract Tensor Forward(Tensor pixels);
}
