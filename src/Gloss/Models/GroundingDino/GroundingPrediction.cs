using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Boxes with the logits of the text's tokens, of one layer.</summary>
/// <param name="logits">(B, Q, T); −∞ for padding of the text.</param>
/// <param name="boxes">(B, Q, 4): centre and size as fractions of the batch's picture, 0–1.</param>
public sealed class GroundingPrediction(Tensor logits, Tensor boxes)
{
    /// <summary>(B, Q, T); −∞ for padding of the text.</summary>
    public Tensor Logits { get; } = logits;

    /// <summary>(B, Q, 4): centre and size as fractions of the batch's picture, 0–1.</summary>
    public Tensor Boxes { get; } = boxes;
}
