using Gloss.Torch;

namespace Gloss.Losses;

/// <summary>
/// Every picture of a batch against every caption of it, as RAM++ has it (Huang et al., 2023): the pairs that belong
/// together are positive, all others negative, in an asymmetric loss.
/// </summary>
public static class AlignmentLoss
{
    private static readonly AsymmetricLoss loss = new(GammaNegative: 4, GammaPositive: 0, Clip: 0.05);

    /// <summary>The sum over logits (B, B), pictures by captions in the same order.</summary>
    public static Tensor Compute(Tensor pairLogits)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(loss.Compute(pairLogits, Tensors.Identity(pairLogits.Size(0), device: pairLogits.Device)));
    }
}
