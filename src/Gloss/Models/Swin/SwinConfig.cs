namespace Gloss.Models.Swin;

/// <summary>Sizes of a <see cref="SwinTransformer"/>.</summary>
public sealed record SwinConfig
{
    /// <summary>Side of the picture in pixels.</summary>
    /// <value>384</value>
    public long ImageSize { get; init; } = 384;

    /// <summary>Side of a patch in pixels.</summary>
    /// <value>4</value>
    public long PatchSize { get; init; } = 4;

    /// <summary>Side of an attention window in tokens.</summary>
    /// <value>12</value>
    public long WindowSize { get; init; } = 12;

    /// <summary>Width of a token in the first stage; each further stage doubles it.</summary>
    public required long EmbedDim { get; init; }

    /// <summary>Number of blocks of each stage.</summary>
    public required IReadOnlyList<int> Depths { get; init; }

    /// <summary>Number of attention heads of each stage.</summary>
    public required IReadOnlyList<int> NumHeads { get; init; }

    /// <summary>Width of the feed-forward layers over the width of a token.</summary>
    /// <value>4</value>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Added to the variance by layer normalisation.</summary>
    /// <value>1e-5</value>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>
    /// Probability that training drops the last block's branches; it grows linearly from 0 in the first block.
    /// </summary>
    /// <value>0.1; 0 to below 1</value>
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>Width of a token that leaves the last stage.</summary>
    public long Width => EmbedDim << (Depths.Count - 1);

    /// <summary>Swin-T at 224 pixels.</summary>
    public static SwinConfig Tiny224 => new()
    {
        ImageSize = 224, WindowSize = 7, EmbedDim = 96, Depths = [2, 2, 6, 2], NumHeads = [3, 6, 12, 24],
    };

    /// <summary>Swin-B at 224 pixels.</summary>
    public static SwinConfig Base224 => Base384 with { ImageSize = 224, WindowSize = 7 };

    /// <summary>Swin-B at 384 pixels, as in Tag2Text's published checkpoint.</summary>
    public static SwinConfig Base384 => new() { EmbedDim = 128, Depths = [2, 2, 18, 2], NumHeads = [4, 8, 16, 32] };

    /// <summary>Swin-L at 224 pixels.</summary>
    public static SwinConfig Large224 => Large384 with { ImageSize = 224, WindowSize = 7 };

    /// <summary>Swin-L at 384 pixels, as in the published checkpoints of RAM and RAM++.</summary>
    public static SwinConfig Large384 => new() { EmbedDim = 192, Depths = [2, 2, 18, 2], NumHeads = [6, 12, 24, 48] };

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">Fields are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        void Check(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }
        Check(PatchSize >= 1, $"PatchSize {PatchSize}, at least 1");
        Check(ImageSize >= 1 && ImageSize % Math.Max(1, PatchSize) == 0,
            $"ImageSize {ImageSize}, a multiple of PatchSize {PatchSize}");
        Check(WindowSize >= 1, $"WindowSize {WindowSize}, at least 1");
        Check(Depths.Count >= 1 && Depths.All(d => d >= 1),
            $"Depths [{string.Join(", ", Depths)}], at least one stage of at least one block");
        Check(NumHeads.Count == Depths.Count,
            $"NumHeads [{string.Join(", ", NumHeads)}], one number for each of the {Depths.Count} stages");
        for (var i = 0; i < NumHeads.Count; i++)
            Check(NumHeads[i] >= 1 && (EmbedDim << i) % Math.Max(1, NumHeads[i]) == 0,
                $"NumHeads[{i}] {NumHeads[i]}, a divisor of the width {EmbedDim << i}");
        Check(EmbedDim >= 1, $"EmbedDim {EmbedDim}, at least 1");
        Check(MlpRatio > 0, $"MlpRatio {MlpRatio}, above 0");
        Check(DropPathRate is >= 0 and < 1, $"DropPathRate {DropPathRate}, 0 to below 1");
        if (faults.Count > 0)
            throw new ArgumentException($"the Swin configuration is wrong · {string.Join(" · ", faults)}");
    }
}
