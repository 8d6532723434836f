using Gloss.Images;

namespace Gloss.Inference;

/// <summary>
/// How a picture becomes what an image encoder takes: resized to the encoder's square, then (pixel − mean) / deviation
/// for each channel, pixels 0–255, red first.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Subtracted from each channel, 0–255.</summary><value>127, 127, 127</value>
    public float[] Mean { get; init; } = [127, 127, 127];

    /// <summary>Each channel is divided by this, above 0.</summary><value>128, 128, 128</value>
    public float[] Deviation { get; init; } = [128, 128, 128];

    /// <summary>How pixels are weighed in the resize.</summary><value>bilinear</value>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bilinear;

    /// <summary>
    /// Whether the picture keeps its shape: its shorter side becomes the encoder's, and the middle is cut out. Else it
    /// is squeezed into the square.
    /// </summary><value>false</value>
    public bool CropsMiddle { get; init; }

    /// <summary>
    /// Where given, at least 1: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as both sides stay so many
    /// times the encoder's. Faster, and not quite the same pixels.
    /// </summary><value>null: always at full size, as published models expect</value>
    public double? JpegMargin { get; init; }

    /// <summary>EfficientNet-Lite's: (pixel − 127) / 128.</summary>
    public static Preprocessing EfficientNetLite => new();

    /// <summary>ImageNet's mean and deviation, as the published Swin and ViT models have them.</summary>
    public static Preprocessing ImageNet => new()
    {
        Mean = [0.485f * 255, 0.456f * 255, 0.406f * 255],
        Deviation = [0.229f * 255, 0.224f * 255, 0.225f * 255],
    };

    /// <summary>CLIP's own: the shorter side resized, the middle cut out.</summary>
    public static Preprocessing Clip => new()
    {
        Mean = [0.48145466f * 255, 0.4578275f * 255, 0.40821073f * 255],
        Deviation = [0.26862954f * 255, 0.26130258f * 255, 0.27577711f * 255],
        Filter = ResizeFilter.Bicubic, CropsMiddle = true,
    };

    /// <summary>
    /// A picture as a square of side <paramref name="size"/>, sizes and place of the cut rounded as torchvision does.
    /// </summary>
    internal RgbImage Fit(RgbImage image, int size)
    {
        if (!CropsMiddle)
            return ImageResizer.Resize(image, size, size, Filter);
        var shorter = Math.Min(image.Width, image.Height);
        var (width, height) = ((int)((long)size * image.Width / shorter), (int)((long)size * image.Height / shorter));
        var resized = ImageResizer.Resize(image, width, height, Filter);
        return resized.Crop(new PixelRectangle((int)Math.Round((width - size) / 2.0),
            (int)Math.Round((height - size) / 2.0), size, size));
    }

    /// <summary>How pictures are decoded for an encoder of side <paramref name="size"/>.</summary>
    internal ImageDecoderOptions Decoding(ImageDecoderOptions options, int size) =>
        JpegMargin is not { } margin ? options
        : options
            with { MinimumSize = new ImageSize((int)Math.Ceiling(margin * size), (int)Math.Ceiling(margin * size)) };

    /// <summary>What is wrong with the fields.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Mean is not { Length: 3 } || Mean.Any(m => !float.IsFinite(m)))
            yield return "preprocessing.mean: expected 3 numbers";
        if (Deviation is not { Length: 3 } || Deviation.Any(d => !(d > 0) || !float.IsFinite(d)))
            yield return "preprocessing.deviation: expected 3 numbers above 0";
        if (!Enum.IsDefined(Filter))
            yield return $"preprocessing.filter: unknown {Filter}";
        if (JpegMargin is not (null or (>= 1 and <= 1000)))
            yield return $"preprocessing.jpeg_margin: expected null, or 1 to 1000, got {JpegMargin}";
    }
}
