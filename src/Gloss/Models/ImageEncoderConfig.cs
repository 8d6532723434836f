using Gloss.Models.EfficientNet;
using Gloss.Models.Swin;
using Gloss.Models.Vit;

namespace Gloss.Models;

/// <summary>Which image encoder a model has, and its sizes: exactly one is given.</summary>
public sealed record ImageEncoderConfig
{
    private const int MostStages = 8;
    private const int MostLayers = 256;
    private const int MostWidth = 1 << 14;
    private const int MostPixels = 4096;
    private const double MostRatio = 16;

    /// <summary>An EfficientNet-Lite.</summary>
    public EfficientNetLiteConfig? EfficientNetLite { get; init; }

    /// <summary>A Swin transformer.</summary>
    public SwinConfig? Swin { get; init; }

    /// <summary>A vision transformer.</summary>
    public VisionTransformerConfig? VisionTransformer { get; init; }

    /// <summary>Builds the encoder.</summary>
    public ImageEncoder Build() =>
        EfficientNetLite is not null ? new EfficientNetLite(EfficientNetLite)
        : Swin is not null ? new SwinTransformer(Swin)
        : VisionTransformer is not null ? new VisionTransformer(VisionTransformer)
        : throw new ArgumentException(
            "the config names no image encoder · hint: EfficientNetLite, Swin or VisionTransformer");

    /// <summary>Builds a backbone of maps at several resolutions, for pictures of any size.</summary>
    /// <exception cref="ArgumentException">The config names none that can be one.</exception>
    public MultiScaleBackbone BuildBackbone() =>
        EfficientNetLite is not null ? new EfficientNetLiteBackbone(EfficientNetLite)
        : Swin is not null ? new SwinBackbone(Swin)
        : throw new ArgumentException("the config names no backbone · hint: EfficientNetLite or Swin");

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        var given = new object?[] { EfficientNetLite, Swin, VisionTransformer }.Count(config => config is not null);
        if (given != 1)
            yield return $"expected one of efficient_net_lite, swin and vision_transformer, got {given}";
        foreach (var fault in EfficientNetLite?.Faults() ?? [])
            yield return $"efficient_net_lite.{fault}";
        if (Swin is { } swin)
        {
            if (swin.Depths.Count > MostStages || swin.Depths.Any(d => d > MostLayers) || swin.EmbedDim > MostWidth
                || swin.ImageSize > MostPixels
                || !(swin.MlpRatio <= MostRatio))
                yield return "swin: larger than any that can be built";
            if (FaultOf(swin.Validate) is { } fault)
                yield return $"swin: {fault}";
        }
        if (VisionTransformer is { } vit)
        {
            if (vit.Depth > MostLayers || vit.Width > MostWidth || vit.ImageSize > MostPixels
                || !(vit.MlpRatio <= MostRatio))
                yield return "vision_transformer: larger than any that can be built";
            if (FaultOf(vit.Validate) is { } fault)
                yield return $"vision_transformer: {fault}";
        }
    }

    private static string? FaultOf(Action validate)
    {
        try
        {
            validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }
}
