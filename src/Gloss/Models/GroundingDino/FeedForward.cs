using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// <c>linear2(ReLU(linear1(x)))</c>, registered in the layer around it: published names have no level of their own for it.
/// </summary>
internal sealed class FeedForward(long width, long hidden, double dropout, Func<string, Linear, Linear> add)
{
    private readonly Linear linear1 = add("linear1", new Linear(width, hidden, standardDeviation: Initial.Xavier(width, hidden)));
    private readonly Linear linear2 = add("linear2", new Linear(hidden, width, standardDeviation: Initial.Xavier(hidden, width)));

    /// <summary>(…, width) to the same shape.</summary>
    public Tensor Forward(Tensor x, bool isTraining)
    {
        using var scope = TensorScope.Begin();
        var hidden = linear1.Forward(x).Relu().Dropout(dropout, isTraining && dropout > 0);
        return scope.Return(linear2.Forward(hidden));
    }
}
