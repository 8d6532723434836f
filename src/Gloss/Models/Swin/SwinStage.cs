using Gloss.Models.Layers;
using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>Blocks at one resolution, every other one shifted by half a window, then a <see cref="PatchMerging"/> but for the last stage.</summary>
public sealed class SwinStage : Module
{
    private readonly long side;
    private readonly Constant? shiftMask;
    private bool isFolded;

    /// <summary>Stage <paramref name="number"/> of a model for square pictures.</summary>
    public SwinStage(SwinConfig config, int number)
    {
        var width = config.EmbedDim << number;
        side = config.ImageSize / config.PatchSize;
        for (var i = 0; i < number; i++)
            side = (side + 1) / 2;

        // A map no larger than the window is one window, and nothing is shifted.
        var window = Math.Min(config.WindowSize, side);
        var shift = side <= config.WindowSize ? 0 : window / 2;
        var blocks = new SwinBlock[config.Depths[number]];
        var (before, all) = (config.Depths.Take(number).Sum(), config.Depths.Sum());
        for (var i = 0; i < blocks.Length; i++)
        {
            var rate = all == 1 ? 0 : config.DropPathRate * (before + i) / (all - 1);
            blocks[i] = Add($"blocks.{i}", new SwinBlock(width, config.NumHeads[number], window, i % 2 == 0 ? 0 : shift,
                (long)(width * config.MlpRatio), config.NormEpsilon, rate));
        }
        Blocks = blocks;
        if (shift > 0 && blocks.Length > 1)
        {
            var filled = side + blocks[0].Excess(side);
            shiftMask = new Constant(Windows.ShiftMask(filled, filled, window, shift));
        }
        Downsample = number == config.Depths.Count - 1 ? null : Add("downsample", new PatchMerging(width, config.NormEpsilon));
    }

    /// <summary>The blocks in order.</summary>
    public IReadOnlyList<SwinBlock> Blocks { get; }

    /// <summary>What makes the next stage's map, or null in the last stage.</summary>
    public PatchMerging? Downsample { get; }

    /// <summary>(B, H, W, C) to (B, H / 2, W / 2, 2C), in the last stage to the same shape.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        for (var i = 0; i < Blocks.Count; i++)
            x = ForwardBlock(i, x);
        return scope.Return(Downsample is null ? x : Downsample.Forward(x));
    }

    /// <summary>Block <paramref name="number"/> alone, (B, H, W, C) to the same shape.</summary>
    public Tensor ForwardBlock(int number, Tensor x)
    {
        var block = Blocks[number];
        return block.Forward(x, block.Shift > 0 && !isFolded ? shiftMask!.On(x.Device) : null);
    }

    /// <summary>Folds biases and masks.</summary>
    public override void PrepareForInference()
    {
        base.PrepareForInference();
        foreach (var block in Blocks)
            block.Fold(block.Shift > 0 ? shiftMask!.On(Device.Cpu) : null);
        isFolded = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        shiftMask?.Dispose();
        base.Dispose(disposing);
    }
}
