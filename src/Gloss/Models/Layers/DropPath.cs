using Gloss.Torch;

namespace Gloss.Models.Layers;

/// <summary>Stochastic depth (Huang et al., 2016): drops a residual branch for whole examples in training.</summary>
public sealed class DropPath(double probability) : Module
{
    /// <summary>(B, …): examples zeroed with the probability, the others scaled by 1 / (1 − p).</summary>
    public Tensor Forward(Tensor x)
    {
        if (!IsTraining || probability == 0)
            return x;
        using var scope = TensorScope.Begin();
        var shape = x.Shape.Select((size, i) => i == 0 ? size : 1).ToArray();
        var keep = Tensors.RandomUniform(shape, x.Type, x.Device).LessThan(1 - probability).To(x.Type);
        return scope.Return(x * keep / (1 - probability));
    }
}
