namespace Gloss.Torch.Inference;

/// <summary>
/// What pictures a plan takes: (height, width, channels), dense, bytes or floats, and how they are normalised.
/// </summary>
public sealed class PictureInput
{
    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>
    /// Subtracted from each channel, in the unit of the pixels; its length is the number of channels.
    /// </summary>
    public required ReadOnlyMemory<float> Mean { get; init; }

    /// <summary>Each channel is divided by this after the mean is subtracted; as many as means.</summary>
    public required ReadOnlyMemory<float> Deviation { get; init; }

    /// <summary>The number of channels.</summary>
    public int Channels => Mean.Length;
}
