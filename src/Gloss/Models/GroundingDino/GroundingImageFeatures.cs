using Gloss.Torch;

namespace Gloss.Models.GroundingDino;

/// <summary>
/// What a picture gives to every pass, whatever the text: the maps' tokens and all that follows from their sizes. S is
/// the number of places of all levels, level by level, row by row.
/// </summary>
public sealed class GroundingImageFeatures : IDisposable
{
    internal GroundingImageFeatures(Tensor tokens, Tensor positions, Tensor? isPadding, long[] shapes,
        Tensor validRatios,
        Tensor referencePoints, Tensor proposals, Tensor isInvalid)
    {
        Tokens = tokens;
        Positions = positions;
        IsPadding = isPadding;
        Shapes = shapes;
        ValidRatios = validRatios;
        ReferencePoints = referencePoints;
        Proposals = proposals;
        IsInvalid = isInvalid;
    }

    /// <summary>(B, S, C).</summary>
    public Tensor Tokens { get; }

    /// <summary>Encoded positions with the level's own vector, (B, S, C).</summary>
    public Tensor Positions { get; }

    /// <summary>(B, S), bool: places outside a picture; null where there are none.</summary>
    public Tensor? IsPadding { get; }

    /// <summary>Height and width of each level: H₀, W₀, H₁, W₁ …</summary>
    public long[] Shapes { get; }

    /// <summary>Which share of each level's width and height a picture fills, (B, levels, 2).</summary>
    public Tensor ValidRatios { get; }

    /// <summary>Each place's centre as a fraction of each level, (B, S, levels, 2).</summary>
    public Tensor ReferencePoints { get; }

    /// <summary>Each place's first box before the sigmoid, (B, S, 4); +∞ where <see cref="IsInvalid"/>.</summary>
    public Tensor Proposals { get; }

    /// <summary>(B, S, 1), bool: padding, and boxes that reach to the edge.</summary>
    public Tensor IsInvalid { get; }

    /// <summary>Takes all tensors out of every scope: who disposes this frees them.</summary>
    public GroundingImageFeatures Detach()
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

    internal GroundingImageFeatures ReturnTo(TensorScope scope)
    {
        foreach (var tensor in All())
            scope.Return(tensor);
        return this;
    }

    private IEnumerable<Tensor> All()
    {
        Tensor?[] all = [Tokens, Positions, IsPadding, ValidRatios, ReferencePoints, Proposals, IsInvalid];
        return all.OfType<Tensor>();
    }
}
