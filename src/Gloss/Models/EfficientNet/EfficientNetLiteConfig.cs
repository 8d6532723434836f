namespace Gloss.Models.EfficientNet;

/// <summary>Sizes of an EfficientNet-Lite.</summary>
public sealed record EfficientNetLiteConfig
{
    // The stages of EfficientNet-B0: repeats, kernel, stride, expansion, output channels (Tan and Le, ICML 2019, table
    // 1).
    private static readonly (int Repeats, int Kernel, int Stride, int Expansion, int Channels)[] baseStages =
    [
        (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    ];

    /// <summary>Multiplies the channels of all stages.</summary><value>1</value>
    public double WidthCoefficient { get; init; } = 1;

    /// <summary>Multiplies the repeats of the inner stages.</summary><value>1</value>
    public double DepthCoefficient { get; init; } = 1;

    /// <summary>Side of the square input in pixels; any from 32.</summary><value>224</value>
    public int ImageSize { get; init; } = 224;

    /// <summary>
    /// Highest probability of dropping a residual branch in training; it rises over the blocks.
    /// </summary>
    /// <value>0</value>
    public double DropPath { get; init; }

    /// <summary>Classes of the classifier on top; null: none.</summary><value>null</value>
    public int? Classes { get; init; }

    /// <summary>Lite0, 224 pixels.</summary>
    public static EfficientNetLiteConfig Lite0 => new();

    /// <summary>Lite2, 260 pixels.</summary>
    public static EfficientNetLiteConfig Lite2 =>
        new() { WidthCoefficient = 1.1, DepthCoefficient = 1.2, ImageSize = 260 };

    /// <summary>Channels after the stem; not scaled in the Lite networks.</summary>
    internal const int StemChannels = 32;

    /// <summary>Channels after the head; not scaled in the Lite networks.</summary>
    internal const int HeadChannels = 1280;

    /// <summary>Stages in the network.</summary>
    internal static int StageCount => baseStages.Length;

    /// <summary>All blocks in order.</summary>
    internal IEnumerable<MobileBlockConfig> Blocks()
    {
        var input = StemChannels;
        for (var stage = 0; stage < baseStages.Length; stage++)
        {
            var (repeats, kernel, stride, expansion, channels) = baseStages[stage];
            var output = RoundChannels(channels * WidthCoefficient, channels);
            // The first and the last stage keep their depth in the Lite networks.
            var depth = stage == 0 || stage == baseStages.Length - 1
                ? repeats : (int)Math.Ceiling(repeats * DepthCoefficient);
            for (var i = 0; i < depth; i++)
            {
                yield return new MobileBlockConfig(input, output, kernel, i == 0 ? stride : 1, expansion, stage);
                input = output;
            }
        }
    }

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (ImageSize is < 32 or > 4096)
            yield return $"image_size: expected 32 to 4096, got {ImageSize}";
        if (!(WidthCoefficient is > 0 and <= 16))
            yield return $"width_coefficient: expected above 0, at most 16, got {WidthCoefficient}";
        if (!(DepthCoefficient is > 0 and <= 16))
            yield return $"depth_coefficient: expected above 0, at most 16, got {DepthCoefficient}";
        if (!(DropPath is >= 0 and < 1))
            yield return $"drop_path: expected 0 to below 1, got {DropPath}";
        if (Classes is not null and not (>= 1 and <= 1_000_000))
            yield return $"classes: expected null or 1 to 1000000, got {Classes}";
    }

    // To the nearest multiple of 8, but never more than a tenth below.
    private int RoundChannels(double scaled, int unscaled)
    {
        if (WidthCoefficient == 1)
            return unscaled;
        var rounded = Math.Max(8, (int)(scaled + 4) / 8 * 8);
        return rounded < 0.9 * scaled ? rounded + 8 : rounded;
    }
}

/// <summary>Sizes of one inverted residual block.</summary>
internal readonly record struct MobileBlockConfig(int Input, int Output, int Kernel, int Stride,
    int Expansion, int Stage)
{
    public bool IsResidual => Stride == 1 && Input == Output;
}
