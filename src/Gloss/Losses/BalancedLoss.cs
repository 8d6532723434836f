using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>
/// Brings one term of a sum to the size of another, as RAM and Tag2Text balance tagging with captioning.
/// </summary>
public static class BalancedLoss
{
    /// <summary>
    /// <paramref name="term"/> · (<paramref name="reference"/> / <paramref name="term"/>) with the factor held
    /// constant: the value is the reference's, the gradient the term's own, scaled.
    /// </summary>
    public static Tensor Scale(Tensor term, Tensor reference)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(term / (term / reference).Detach());
    }
}
