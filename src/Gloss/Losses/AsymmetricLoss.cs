using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>
/// Asymmetric loss for multi-label classification (Ridnik et al., ICCV 2021, eq. 7): easy negatives count less, and
/// negatives below the margin not at all. No gradient flows through the focusing weight, as in the authors' code.
/// </summary>
/// <param name="GammaNegative">Focusing exponent of negatives.</param>
/// <param name="GammaPositive">Focusing exponent of positives.</param>
/// <param name="Clip">Probability margin: how much a negative's probability is lowered.</param>
public sealed record AsymmetricLoss(double GammaNegative = 7, double GammaPositive = 0, double Clip = 0.05)
{
    private const double Epsilon = 1e-8;

    /// <summary>
    /// The sum over logits (B, K) with targets (B, K) of 0 and 1, float32. <paramref name="weight"/> (broadcast to B,
    /// K): how much each counts, where given.
    /// </summary>
    public Tensor Compute(Tensor logits, Tensor targets, Tensor? weight = null)
    {
        using var scope = TensorScope.Begin();
        var positive = logits.Sigmoid();
        var negative = (1.0 - positive + Clip).Clamp(max: 1);
        var inverse = 1.0 - targets;
        var loss = targets * positive.Clamp(min: Epsilon).Log() + inverse * negative.Clamp(min: Epsilon).Log();
        using (GradientMode.None())
        {
            var probability = positive * targets + negative * inverse;
            var gamma = targets * GammaPositive + inverse * GammaNegative;
            var focus = (1.0 - probability).Pow(gamma);
            weight = weight is null ? focus : focus * weight;
        }
        return scope.Return(-(loss * weight).Sum());
    }
}
