using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>A 2-D convolution with weight (out, in / groups, k, k).</summary>
public sealed class Convolution : Module
{
    private readonly long[] stride;
    private readonly long[] padding;

    /// <summary>A square convolution, padded by <paramref name="padding"/> on every side.</summary>
    public Convolution(long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0,
        long groups = 1,
        bool hasBias = true)
    {
        this.stride = [stride, stride];
        this.padding = [padding, padding];
        Kernel = kernel;
        Stride = stride;
        Groups = groups;
        Weight = AddParameter("weight", Initial.HeFanOut([outChannels, inChannels / groups, kernel, kernel], groups));
        Bias = hasBias ? AddParameter("bias", Tensors.Zeros([outChannels])) : null;
    }

    /// <summary>Side of the kernel.</summary>
    public long Kernel { get; }

    /// <summary>Step in both directions.</summary>
    public long Stride { get; }

    /// <summary>Groups of channels; as many as channels in a depthwise convolution.</summary>
    public long Groups { get; }

    /// <summary>(out, in / groups, k, k).</summary>
    public Parameter Weight { get; }

    /// <summary>(out), or null.</summary>
    public Parameter? Bias { get; }

    /// <summary>(B, in, H, W) to (B, out, H', W').</summary>
    public Tensor Forward(Tensor x) => x.Conv2d(Weight.Value, Bias?.Value, stride, padding, groups: Groups);
}
