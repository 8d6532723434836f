using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>The losses of one layer, each a tensor without dimensions; not yet weighted but in the total.</summary>
/// <param name="total">The weighted sum.</param>
/// <param name="words">Focal loss over tokens.</param>
/// <param name="boxes">L1 distance of box coordinates.</param>
/// <param name="overlap">1 − GIoU.</param>
public sealed class GroundingLossParts(Tensor total, Tensor words, Tensor boxes, Tensor overlap)
{
    /// <summary>The weighted sum.</summary>
    public Tensor Total { get; } = total;

    /// <summary>Focal loss over tokens.</summary>
    public Tensor Words { get; } = words;

    /// <summary>L1 distance of box coordinates.</summary>
    public Tensor Boxes { get; } = boxes;

    /// <summary>1 − GIoU.</summary>
    public Tensor Overlap { get; } = overlap;
}
