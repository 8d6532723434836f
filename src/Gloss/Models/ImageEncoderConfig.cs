using Gloss.Models.EfficientNet;

namespace Gloss.Models;

/// <summary>Which image encoder a model has, and its sizes: exactly one is given.</summary>
public sealed record ImageEncoderConfig
{
    /// <summary>An EfficientNet-Lite.</summary>
    public EfficientNetLiteConfig? EfficientNetLite { get; init; }

    /// <summary>Builds the encoder.</summary>
    public ImageEncoder Build() =>
        EfficientNetLite is not null ? new EfficientNetLite(EfficientNetLite)
        : throw new ArgumentException("the config names no image encoder · hint: EfficientNetLite, Swin or VisionTransformer");
}
