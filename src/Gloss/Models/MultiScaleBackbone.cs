using Gloss.Torch;

namespace Gloss.Models;

/// <summary>Turns pictures of any size into maps at several resolutions, for models that find things.</summary>
public abstract class MultiScaleBackbone : Module
{
    /// <summary>Channels of the maps, finest first.</summary>
    public abstract IReadOnlyList<long> Channels { get; }

    /// <summary>
    /// Normalised pixels (B, 3, H, W), float32, to maps (B, channels, h, w) at strides 8, 16 and 32, sizes rounded up.
    /// Where pictures of different sizes share a batch, what fills them up is zero.
    /// </summary>
    public abstract Tensor[] Forward(Tensor pixels);
}
