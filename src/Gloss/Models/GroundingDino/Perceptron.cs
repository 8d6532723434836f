using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// Linear layers with ReLU between them; always in float32: what they give are places, where bfloat16 would be seen.
/// </summary>
internal sealed class Perceptron : Module
{
    private readonly Linear[] layers;

    /// <summary>
    /// Layers of these widths, the first the input's; the last layer begins as zero where that is wanted.
    /// </summary>
    public Perceptron(long[] widths, bool beginsAsZero) =>
        layers = [.. Enumerable.Range(0, widths.Length - 1)
            .Select(i => Add($"layers.{i}", new Linear(widths[i], widths[i + 1],
            standardDeviation: beginsAsZero && i == widths.Length - 2
                ? 0 : Initial.Xavier(widths[i], widths[i + 1]))))];

    /// <summary>(…, first width) to (…, last width).</summary>
    public Tensor Forward(Tensor x)
    {
        using var precision = Precision.Full();
        using var scope = TensorScope.Begin();
        x = x.To(layers[0].Weight.Value.Type);
        for (var i = 0; i < layers.Length; i++)
            x = i < layers.Length - 1 ? layers[i].Forward(x).Relu() : layers[i].Forward(x);
        return scope.Return(x);
    }
}
