using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Layers;

/// <summary>Layer normalisation over the last dimension (Ba et al., 2016).</summary>
public sealed class LayerNorm : Module
{
    private readonly long[] shape;
    private readonly double epsilon;

    /// <summary>A layer for vectors of <paramref name="features"/> numbers.</summary>
    public LayerNorm(long features, double epsilon)
    {
        shape = [features];
        this.epsilon = epsilon;
        Weight = AddParameter("weight", Tensors.Ones(shape));
        Bias = AddParameter("bias", Tensors.Zeros(shape));
    }

    /// <summary>(features).</summary>
    public Parameter Weight { get; }

    /// <summary>(features).</summary>
    public Parameter Bias { get; }

    /// <summary>The same, computed on the way into a linear layer.</summary>
    internal LinearNorm ForLinear() => new(Weight.Value, Bias.Value, epsilon);

    /// <summary>(…, features) to the same shape, in the type of the weights.</summary>
    public Tensor Forward(Tensor x)
    {
        if (x.Type == Weight.Value.Type)
            return x.LayerNorm(shape, Weight.Value, Bias.Value, epsilon);
        // What a product in bfloat16 gives.
        using var scope = TensorScope.Begin();
        return scope.Return(x.To(Weight.Value.Type).LayerNorm(shape, Weight.Value, Bias.Value, epsilon));
    }
}
