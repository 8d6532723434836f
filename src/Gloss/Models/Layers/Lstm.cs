using Gloss.Torch;
using Gloss.Torch.Native;

namespace Gloss.Models.Layers;

/// <summary>
/// A layer of long short-term memory (Hochreiter and Schmidhuber 1997) in both directions. Weights (4 · state, …) hold
/// the gates in the order input, forget, cell, output; the forget gate starts open.
/// </summary>
public sealed class Lstm : Module
{
    private static readonly Operator lstm = new("aten::lstm", "input");
    private readonly long stateSize;
    private readonly Parameter[] weights;

    /// <summary>A layer from <paramref name="inFeatures"/> to twice <paramref name="stateSize"/> numbers.</summary>
    public Lstm(long inFeatures, long stateSize)
    {
        this.stateSize = stateSize;
        var limit = Math.Sqrt(1.0 / stateSize);
        var names = new List<Parameter>();
        foreach (var direction in new[] { "", "_reverse" })
        {
            names.Add(AddParameter($"weight_ih{direction}", Initial.Uniform([4 * stateSize, inFeatures], limit)));
            names.Add(AddParameter($"weight_hh{direction}", Initial.Uniform([4 * stateSize, stateSize], limit)));
            names.Add(AddParameter($"bias_ih{direction}", Tensors.Zeros([4 * stateSize])));
            var bias = AddParameter($"bias_hh{direction}", Tensors.Zeros([4 * stateSize]));
            using (GradientMode.None())
            using (var forget = bias.Value.Narrow(0, stateSize, stateSize))
                forget.FillInPlace(1.0);
            names.Add(bias);
        }
        weights = [.. names];
    }

    /// <summary>(B, T, in) to (B, T, 2 · state): forward, then backward. Every row is as long as the longest.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var start = Tensors.Zeros([2, x.Size(0), stateSize]);
        Tensor[] states = [start, start];
        Tensor[] values = [.. weights.Select(w => w.Value)];
        return scope.Return(lstm.CallMany(x, states, values, true, 1L, 0.0, IsTraining, true, true)[0]!);
    }
}
