using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// <c>x + linear2(ReLU(linear1(x)))</c>, registered in the layer around it: published names have no level of their own
/// for it.
/// </summary>
internal sealed class FeedForward(long width, long hidden, double dropout, Func<string, Linear, Linear> add)
{
    private readonly Linear linear1 =
        add("linear1", new Linear(width, hidden, standardDeviation: Initial.Xavier(width, hidden)));
    private readonly Linear linear2 =
        add("linear2", new Linear(hidden, width, standardDeviation: Initial.Xavier(hidden, width)));

    /// <summary>x + the layers of x: (B, N, width) to the same shape.</summary>
    public Tensor Forward(Tensor x, bool isTraining)
    {
        if (!isTraining || dropout == 0)
            return Linear.ForwardPair(linear1, linear2, x, LinearActivation.Relu, x);
        using var scope = TensorScope.Begin();
        return scope.Return(x + linear2.Forward(linear1.Forward(x).ReluInPlace().Dropout(dropout, training: true)));
    }
}
