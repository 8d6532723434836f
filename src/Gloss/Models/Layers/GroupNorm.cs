using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Normalisation over groups of channels (Wu and He, 2018).</summary>
public sealed class GroupNorm : Module
{
    private const double Epsilon = 1e-5;
    private readonly long groups;

    /// <summary>A layer for <paramref name="channels"/> channels in <paramref name="groups"/> groups.</summary>
    public GroupNorm(long groups, long channels)
    {
        this.groups = groups;
        Weight = AddParameter("weight", Tensors.Ones([channels]));
        Bias = AddParameter("bias", Tensors.Zeros([channels]));
    }

    /// <summary>(C).</summary>
    public Parameter Weight { get; }

    /// <summary>(C).</summary>
    public Parameter Bias { get; }

    /// <summary>(B, C, …) to the same shape, in the type of the weights.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(x.To(Weight.Value.Type).GroupNorm(groups, Weight.Value, Bias.Value, Epsilon));
    }
}
