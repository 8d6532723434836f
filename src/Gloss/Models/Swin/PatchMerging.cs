using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.Swin;

/// <summary>Makes one token of each 2 × 2: half the sides, twice the width.</summary>
public sealed class PatchMerging : Module
{
    private readonly LayerNorm norm;
    private readonly Linear reduction;

    /// <summary>A layer for tokens of <paramref name="width"/>.</summary>
    public PatchMerging(long width, double normEpsilon)
    {
        norm = Add("norm", new LayerNorm(4 * width, normEpsilon));
        reduction = Add("reduction", new Linear(4 * width, 2 * width, hasBias: false));
    }

    /// <summary>(B, H, W, C) to (B, ⌈H / 2⌉, ⌈W / 2⌉, 2C); odd sides are filled up with zeros.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var (B, H, W, C) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        if (H % 2 + W % 2 > 0)
            x = x.Pad([0, 0, 0, W % 2, 0, H % 2], 0.0);
        (H, W) = ((H + 1) / 2, (W + 1) / 2);
        var merged = x.Reshape(B, H, 2, W, 2, C)
            .Permute(0, 1, 3, 4, 2, 5) // (B, H, W, column, row, C): down the left column first
            .Reshape(B, H, W, 4 * C);
        return scope.Return(reduction.Forward(merged, LinearActivation.None, null, norm));
    }
}
