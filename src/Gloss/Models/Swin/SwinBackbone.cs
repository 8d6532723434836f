// Swin transformer as the backbone of detectors: any picture size, a map of every stage but the first.
// Paper: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021, section 4.2.
// Parameter names: github.com/IDEA-Research/GroundingDINO@856dde2, models/GroundingDINO/backbone/swin_transformer.py.
using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>
/// The stages of a Swin transformer for pictures of any size; the maps of the last three, each normalised.
/// </summary>
public sealed class SwinBackbone : MultiScaleBackbone
{
    private const int Levels = 3;
    private readonly SwinConfig config;
    private readonly Convolution patchProjection;
    private readonly LayerNorm patchNorm;
    private readonly SwinStage[] stages;
    private readonly LayerNorm[] norms;
    private readonly int first;

    /// <summary>A backbone with random weights; the config's picture size is not used.</summary>
    /// <exception cref="ArgumentException">The configuration is wrong, or has fewer than three stages.</exception>
    public SwinBackbone(SwinConfig config)
    {
        config.Validate();
        if (config.Depths.Count < Levels)
            throw new ArgumentException(
                $"a backbone needs {Levels} stages, the Swin configuration has {config.Depths.Count}", nameof(config));
        this.config = config;
        first = config.Depths.Count - Levels;
        patchProjection = Add("patch_embed.proj",
            new Convolution(3, config.EmbedDim, config.PatchSize, config.PatchSize));
        patchNorm = Add("patch_embed.norm", new LayerNorm(config.EmbedDim, config.NormEpsilon));
        stages = [.. config.Depths.Select((_, i) => Add($"layers.{i}", new SwinStage(config, i, isAnySize: true)))];
        Channels = [.. Enumerable.Range(first, Levels).Select(i => config.EmbedDim << i)];
        norms = [.. Channels.Select((width, i) => Add($"norm{first + i}", new LayerNorm(width, config.NormEpsilon)))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        var x = EmbedPatches(pixels); // (B, H, W, C)
        var maps = new Tensor[Levels];
        for (var i = 0; i < stages.Length; i++)
        {
            x = stages[i].ForwardBlocks(x);
            if (i >= first)
                maps[i - first] = scope.Return(norms[i - first].Forward(x).Permute(0, 3, 1, 2)); // (B, C, H, W)
            if (stages[i].Downsample is { } downsample)
                x = downsample.Forward(x);
        }
        return maps;
    }

    private Tensor EmbedPatches(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        var patch = config.PatchSize;
        var (bottom, right) = ((patch - pixels.Size(2) % patch) % patch, (patch - pixels.Size(3) % patch) % patch);
        if (bottom + right > 0)
            pixels = pixels.Pad([0, right, 0, bottom], 0.0);
        return scope.Return(patchNorm.Forward(patchProjection.Forward(pixels).Permute(0, 2, 3, 1).Contiguous()));
    }
}
