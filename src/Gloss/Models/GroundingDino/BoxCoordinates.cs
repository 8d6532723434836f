using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>Box coordinates before and after the sigmoid.</summary>
public static class BoxCoordinates
{
    /// <summary>
    /// log(x / (1 − x)) for x limited to 0–1, numerator and denominator each at least <paramref name="epsilon"/>.
    /// </summary>
    public static Tensor InverseSigmoid(Tensor x, double epsilon)
    {
        using var scope = TensorScope.Begin();
        x = x.Clamp(0, 1);
        return scope.Return((x.Clamp(min: epsilon) / (1.0 - x).Clamp(min: epsilon)).Log());
    }
}
