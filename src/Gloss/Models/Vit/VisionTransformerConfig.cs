namespace Gloss.Models.Vit;

/// <summary>Sizes of a <see cref="VisionTransformer"/>.</summary>
public sealed record VisionTransformerConfig
{
    /// <summary>Side of the picture in pixels.</summary>
    /// <value>384</value>
    public long ImageSize { get; init; } = 384;

    /// <summary>Side of a patch in pixels.</summary>
    /// <value>16</value>
    public long PatchSize { get; init; } = 16;

    /// <summary>Width of a token.</summary>
    public required long Width { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>Number of attention heads.</summary>
    public required int NumHeads { get; init; }

    /// <summary>Width of the feed-forward layers over the width of a token.</summary>
    /// <value>4</value>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Added to the variance by layer normalisation.</summary>
    /// <value>1e-6</value>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>
    /// Probability that training drops the last block's branches; it grows linearly from 0 in the first block.
    /// </summary>
    /// <value>0; 0 to below 1</value>
    public double DropPathRate { get; init; }

    /// <summary>ViT-B/16 at 384 pixels.</summary>
    public static VisionTransformerConfig Base16 => new() { Width = 768, Depth = 12, NumHeads = 12 };

    /// <summary>ViT-L/16 at 384 pixels, with BLIP's stochastic depth of 0.1.</summary>
    public static VisionTransformerConfig Large16 =>
        new() { Width = 1024, Depth = 24, NumHeads = 16, DropPathRate = 0.1 };

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">Fields are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (PatchSize < 1 || ImageSize < PatchSize || ImageSize % PatchSize != 0)
            faults.Add($"ImageSize {ImageSize}, a multiple of PatchSize {PatchSize}");
        if (Width < 1 || NumHeads < 1 || Width % NumHeads != 0)
            faults.Add($"NumHeads {NumHeads}, a divisor of Width {Width}");
        if (Depth < 1)
            faults.Add($"Depth {Depth}, at least 1");
        if (MlpRatio <= 0)
            faults.Add($"MlpRatio {MlpRatio}, above 0");
        if (DropPathRate is < 0 or >= 1)
            faults.Add($"DropPathRate {DropPathRate}, 0 to below 1");
        if (faults.Count > 0)
            throw new ArgumentException($"the ViT configuration is wrong · {string.Join(" · ", faults)}");
    }
}
