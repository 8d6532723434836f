using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// <c>linear2(ReLU(linear1(x)))</c>, registered in the layer around it: published names have no level of their own for it.
/// </summary>
internal sealed class FeedForward(long width, long hidden, double dropout, Func<string, Linear, Linear> add)
{
    // So many rows of the wide layer stay in the processor's cache between the two products.
    private const long RowsAtATime = 1024;
    private readonly Linear linear1 = add("linear1", new Linear(width, hidden, standardDeviation: Initial.Xavier(width, hidden)));
    private readonly Linear linear2 = add("linear2", new Linear(hidden, width, standardDeviation: Initial.Xavier(hidden, width)));

    /// <summary>(B, N, width) to the same shape.</summary>
    public Tensor Forward(Tensor x, bool isTraining)
    {
        using var scope = TensorScope.Begin();
        var rows = x.Size(0) * x.Size(1);
        if (isTraining || rows <= RowsAtATime)
            return scope.Return(Part(x, isTraining));
        var flat = x.Reshape(rows, width);
        var parts = new List<Tensor>();
        for (long start = 0; start < rows; start += RowsAtATime)
            parts.Add(Part(flat.Narrow(0, start, Math.Min(RowsAtATime, rows - start)), isTraining: false));
        return scope.Return(TensorShape.Concatenate(0, [.. parts]).Reshape(x.Shape));
    }

    private Tensor Part(Tensor x, bool isTraining)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(linear2.Forward(linear1.Forward(x).ReluInPlace().Dropout(dropout, isTraining && dropout > 0)));
    }
}
