// Swin transformer: attention inside shifted windows, at four resolutions.
// Paper: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021.
// Parameter names: github.com/microsoft/Swin-Transformer, as used by github.com/xinyu1205/recognize-anything@7cb804a.
// Difference: maps that are no multiple of the window are filled up, so any picture size works.
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>
/// The Swin transformer for square pictures; the token of the whole picture is the mean of all others.
/// </summary>
public sealed class SwinTransformer : ImageEncoder
{
    private readonly Convolution patchProjection;
    private readonly LayerNorm patchNorm;
    private readonly LayerNorm norm;

    /// <summary>A model with random weights.</summary>
    /// <exception cref="ArgumentException">The configuration is wrong.</exception>
    public SwinTransformer(SwinConfig config)
    {
        config.Validate();
        Config = config;
        patchProjection = Add("patch_embed.proj",
            new Convolution(3, config.EmbedDim, config.PatchSize, config.PatchSize));
        patchNorm = Add("patch_embed.norm", new LayerNorm(config.EmbedDim, config.NormEpsilon));
        var stages = new SwinStage[config.Depths.Count];
        for (var i = 0; i < stages.Length; i++)
            stages[i] = Add($"layers.{i}", new SwinStage(config, i));
        Stages = stages;
        norm = Add("norm", new LayerNorm(config.Width, config.NormEpsilon));
    }

    /// <summary>The sizes.</summary>
    public SwinConfig Config { get; }

    /// <summary>The stages in order.</summary>
    public IReadOnlyList<SwinStage> Stages { get; }

    /// <inheritdoc/>
    public override long Width => Config.Width;

    /// <inheritdoc/>
    public override long ImageSize => Config.ImageSize;

    /// <inheritdoc/>
    public override long TokenCount
    {
        get
        {
            var side = Config.ImageSize / Config.PatchSize;
            for (var i = 1; i < Config.Depths.Count; i++)
                side = (side + 1) / 2;
            return side * side + 1;
        }
    }

    /// <summary>Whether a name of a checkpoint holds nothing that is learned, so that it may be left out.</summary>
    public static bool IsDerived(string name) =>
        name.EndsWith("relative_position_index", StringComparison.Ordinal)
            || name.EndsWith("attn_mask", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        var x = EmbedPatches(pixels); // (B, H, W, C)
        foreach (var stage in Stages)
            x = stage.Forward(x);
        var tokens = norm.Forward(x.Flatten(1, 2)); // (B, N, C)
        return scope.Return(TensorShape.Concatenate(1, tokens.Mean([1], keep: true), tokens)); // (B, 1 + N, C)
    }

    /// <summary>Pixels (B, 3, H, W) to one token for each patch, (B, H / patch, W / patch, EmbedDim).</summary>
    public Tensor EmbedPatches(Tensor pixels)
    {
        var (height, width) = (pixels.Size(-2), pixels.Size(-1));
        if (height != ImageSize || width != ImageSize)
            throw new ArgumentException($"the picture is {pixels}, expected (B, 3, {ImageSize}, {ImageSize})",
                nameof(pixels));
        using var scope = TensorScope.Begin();
        return scope.Return(patchNorm.Forward(patchProjection.Forward(pixels).Permute(0, 2, 3, 1).Contiguous()));
    }
}
