using Gloss.Models.EfficientNet;
using Gloss.Models.Swin;
using Gloss.Models.Vit;

namespace Gloss.Models;

/// <summary>Which image encoder a model has, and its sizes: exactly one is given.</summary>
public sealed record ImageEncoderConfig
{
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
        : throw new ArgumentException("the config names no image encoder · hint: EfficientNetLite, Swin or VisionTransformer");
}
