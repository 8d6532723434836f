namespace Gloss.Torch.Inference;

/// <summary>Between what numbers a node's values are kept in 8 bits; what lies outside is clipped.</summary>
/// <param name="Low">The least value kept; 0 where values are never negative.</param>
/// <param name="High">The greatest value kept.</param>
public readonly record struct ValueRange(float Low, float High)
{
    /// <summary>Whether an unsigned byte can hold the values.</summary>
    public bool IsUnsigned => Low >= 0;

    /// <summary>What one step of the byte stands for: 255 steps from zero, or 127 to each side of it.</summary>
    public float Scale => Math.Max(IsUnsigned ? High / 255 : Math.Max(-Low, High) / 127, 1e-12f);
}
