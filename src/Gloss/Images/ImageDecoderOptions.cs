namespace Gloss.Images;

/// <summary>How pictures are decoded.</summary>
public sealed record ImageDecoderOptions
{
    /// <summary>What Pillow's <c>convert('RGB')</c> gives, for comparing with published figures: no turn by EXIF,
    /// 16-bit grey clipped at 255.</summary>
    public static ImageDecoderOptions Pillow { get; } = new() { IsUpright = false, ClipsGray16 = true };

    /// <summary>Turns the picture upright by its EXIF orientation.</summary>
    /// <value>true.</value>
    public bool IsUpright { get; init; } = true;

    /// <summary>16-bit grey: true clips values at 255 (as Pillow does; nearly all becomes white), false keeps the high
    /// byte.</summary>
    /// <value>false.</value>
    public bool ClipsGray16 { get; init; }

    /// <summary>The largest picture to accept.</summary>
    /// <value>256 MiB, 178,956,970 pixels.</value>
    public ImageLimits Limits { get; init; } = new();

    /// <summary>
    /// Lets a JPEG be decoded at 1/2, 1/4 or 1/8 of its size as long as neither side falls below this size (of the
    /// upright picture). Faster; the pixels after a resize differ slightly, so never where parity is asked for.
    /// </summary>
    /// <value>null: always at full size.</value>
    public ImageSize? MinimumSize { get; init; }
}
