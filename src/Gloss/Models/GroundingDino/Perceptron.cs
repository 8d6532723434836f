using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Linear layers with ReLU between them.</summary>
internal sealed class Perceptron : Module
{
    private readonly Linear[] layers;

    /// <summary>Layers of these widths, the first the input's; the last layer begins as zero where that is wanted.</summary>
    public Perceptron(long[] widths, bool beginsAsZero) =>
        layers = [.. Enumerable.Range(0, widths.Length - 1).Select(i => Add($"layers.{i}", new Linear(widths[i], widths[i + 1],
            standardDeviation: beginsAsZero && i == widths.Length - 2 ? 0 : Initial.Xavier(widths[i], widths[i + 1]))))];

    /// <summary>(…, first width) to (…, last width).</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        for (var i = 0; i < layers.Length; i++)
            x = i < layers.Length - 1 ? layers[i].Forward(x).Relu() : layers[i].Forward(x);
        return scope.Return(x);
    }
}
