using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>What a text gives to every pass, whatever the picture.</summary>
/// <param name="tokens">(B, T, C).</param>
/// <param name="positions">Positions inside the sub-sentence, encoded, (B, T, C).</param>
/// <param name="isVisible">(B, T, T), bool: which token sees which.</param>
/// <param name="isPadding">(B, T), bool; null where there is none.</param>
public sealed class GroundingTextFeatures(Tensor tokens, Tensor positions, Tensor isVisible, Tensor? isPadding)
    : IDisposable
{
    /// <summary>(B, T, C).</summary>
    public Tensor Tokens { get; } = tokens;

    /// <summary>Positions inside the sub-sentence, encoded, (B, T, C).</summary>
    public Tensor Positions { get; } = positions;

    /// <summary>(B, T, T), bool: which token sees which.</summary>
    public Tensor IsVisible { get; } = isVisible;

    /// <summary>(B, T), bool; null where there is none.</summary>
    public Tensor? IsPadding { get; } = isPadding;

    /// <summary>Takes all tensors out of every scope: who disposes this frees them.</summary>
    public GroundingTextFeatures Detach()
    {
        foreach (var tensor in All())
            TensorScope.Detach(tensor);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in All())
            tensor.Dispose();
    }

    internal GroundingTextFeatures ReturnTo(TensorScope scope)
    {
        foreach (var tensor in All())
            scope.Return(tensor);
        return this;
    }

    private IEnumerable<Tensor> All()
    {
        Tensor?[] all = [Tokens, Positions, IsVisible, IsPadding];
        return all.OfType<Tensor>();
    }
}
