using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>
/// Blocks at one resolution, every other one shifted by half a window, then a <see cref="PatchMerging"/> but for the
/// last stage.
/// </summary>
public sealed class SwinStage : Module
{
    private readonly Constant? shiftMask;
    private readonly bool isAnySize;
    private Constant? lastMask;
    private (long Height, long Width) lastSize;

    /// <summary>Stage <paramref name="number"/> of a model for square pictures.</summary>
    public SwinStage(SwinConfig config, int number) : this(config, number, isAnySize: false)
    {
    }

    /// <summary>
    /// As above; where <paramref name="isAnySize"/>, for maps of every size: the window is never made smaller, maps are
    /// filled up to it, and the mask follows the map's size, as in detectors on Swin.
    /// </summary>
    public SwinStage(SwinConfig config, int number, bool isAnySize)
    {
        this.isAnySize = isAnySize;
        var width = config.EmbedDim << number;
        var side = config.ImageSize / config.PatchSize;
        for (var i = 0; i < number; i++)
            side = (side + 1) / 2;

        // A map no larger than the window is one window, and nothing is shifted.
        var window = isAnySize ? config.WindowSize : Math.Min(config.WindowSize, side);
        var shift = !isAnySize && side <= config.WindowSize ? 0 : window / 2;
        var blocks = new SwinBlock[config.Depths[number]];
        var (before, all) = (config.Depths.Take(number).Sum(), config.Depths.Sum());
        for (var i = 0; i < blocks.Length; i++)
        {
            var rate = all == 1 ? 0 : config.DropPathRate * (before + i) / (all - 1);
            blocks[i] = Add($"blocks.{i}", new SwinBlock(width, config.NumHeads[number], window, i % 2 == 0 ? 0 : shift,
                (long)(width * config.MlpRatio), config.NormEpsilon, rate));
        }
        Blocks = blocks;
        if (!isAnySize && shift > 0 && blocks.Length > 1)
        {
            var filled = side + blocks[0].Excess(side);
            shiftMask = new Constant(Windows.ShiftMask(filled, filled, window, shift));
        }
        Downsample = number == config.Depths.Count - 1
            ? null : Add("downsample", new PatchMerging(width, config.NormEpsilon));
    }

    /// <summary>The blocks in order.</summary>
    public IReadOnlyList<SwinBlock> Blocks { get; }

    /// <summary>What makes the next stage's map, or null in the last stage.</summary>
    public PatchMerging? Downsample { get; }

    /// <summary>(B, H, W, C) to (B, H / 2, W / 2, 2C), in the last stage to the same shape.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        x = ForwardBlocks(x);
        return scope.Return(Downsample is null ? x : Downsample.Forward(x));
    }

    /// <summary>The blocks alone, (B, H, W, C) to the same shape.</summary>
    public Tensor ForwardBlocks(Tensor x)
    {
        for (var i = 0; i < Blocks.Count; i++)
        {
            using var scope = TensorScope.Begin();
            x = scope.Return(ForwardBlock(i, x));
        }
        return x;
    }

    /// <summary>Block <paramref name="number"/> alone, (B, H, W, C) to the same shape.</summary>
    public Tensor ForwardBlock(int number, Tensor x)
    {
        var block = Blocks[number];
        return block.Forward(x, !block.NeedsMask(x) ? null : isAnySize ? MaskFor(block, x) : shiftMask!.On(x.Device));
    }

    // The mask of the last size is kept: pictures of one size follow each other.
    private Tensor MaskFor(SwinBlock block, Tensor x)
    {
        var (height, width) = (x.Size(1) + block.Excess(x.Size(1)), x.Size(2) + block.Excess(x.Size(2)));
        if (lastMask is null || lastSize != (height, width))
        {
            lastMask?.Dispose();
            lastMask = new Constant(Windows.ShiftMask(height, width, block.Window, block.Shift));
            lastSize = (height, width);
        }
        return lastMask.On(x.Device);
    }

    /// <summary>Folds biases and masks.</summary>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        foreach (var block in Blocks)
            block.Fold(block.Shift > 0 && !isAnySize ? shiftMask!.On(Device.Cpu) : null);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        shiftMask?.Dispose();
        lastMask?.Dispose();
        base.Dispose(disposing);
    }
}
