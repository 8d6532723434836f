using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Limits the size of gradients.</summary>
public static class GradientClipping
{
    private static readonly Operator foreachNorm = new("aten::_foreach_norm", "Scalar");
    private static readonly Operator mul = new("aten::_foreach_mul_", "Scalar");

    /// <summary>
    /// Scales all gradients so that their common 2-norm is at most <paramref name="maxNorm"/>; the norm before is
    /// returned. An infinite or NaN norm is returned as it is and nothing is scaled: skip the step then.
    /// </summary>
    public static double ClipGradients(IEnumerable<Parameter> parameters, double maxNorm)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var gradients = parameters.Select(p => p.Value.Gradient()).OfType<Tensor>().ToArray();
        if (gradients.Length == 0)
            return 0;
        var squares = 0.0;
        foreach (var part in gradients.Chunk(256))
        {
            var norms = TensorShape.Stack(0, foreachNorm.CallMany(part, 2.0)!);
            foreach (var norm in norms.To(ScalarType.Float32).ToArray<float>())
                squares += (double)norm * norm;
        }
        var total = Math.Sqrt(squares);
        var scale = maxNorm / (total + 1e-6);
        if (double.IsFinite(total) && scale < 1)
        {
            foreach (var part in gradients.Chunk(256))
                mul.CallVoid(part, scale);
        }
        return total;
    }
}
