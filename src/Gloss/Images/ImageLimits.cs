namespace Gloss.Images;

/// <summary>What a picture may cost; checked by its length and its header before memory is taken.</summary>
public sealed record ImageLimits
{
    /// <summary>The longest encoded picture, in bytes, at least 1.</summary>
    /// <value>256 MiB.</value>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>The most pixels (width × height), 1 to 715,827,863 (an array holds no more).</summary>
    /// <value>178,956,970, where Pillow stops too.</value>
    public long MaxPixels { get; init; } = 178_956_970;

    /// <summary>The longest side in pixels, 1 to 10,000,000: what a resize takes grows with it.</summary>
    /// <value>65,535, where JPEG stops too.</value>
    public int MaxSide { get; init; } = 65_535;

    /// <exception cref="ImageException">The picture has more pixels, or a longer side.</exception>
    internal void Check(string name, long width, long height)
    {
        if (width > MaxPixels / height)
            throw TooMany(name, $"{width} x {height} pixels");
        if (Math.Max(width, height) > MaxSide)
        {
            throw new ImageException(ImageFault.TooLarge, name, "a side longer than allowed",
                $"at most {MaxSide} pixels",
                $"{width} x {height} pixels");
        }
    }

    internal ImageException TooMany(string name, string got) =>
        new(ImageFault.TooLarge, name, "more pixels than allowed",
        $"at most {MaxPixels}", got, "raise the limit (--max-pixels) if you trust the file");

    internal void Validate()
    {
        var faults = new List<string>();
        if (MaxBytes < 1 || MaxBytes > Array.MaxLength)
            faults.Add($"MaxBytes = {MaxBytes}: expected 1 to {Array.MaxLength}");
        if (MaxPixels < 1 || MaxPixels > Array.MaxLength / 3)
            faults.Add($"MaxPixels = {MaxPixels}: expected 1 to {Array.MaxLength / 3}");
        if (MaxSide is < 1 or > 10_000_000)
            faults.Add($"MaxSide = {MaxSide}: expected 1 to 10000000");
        if (faults.Count > 0)
            throw new ArgumentException("ImageLimits · " + string.Join(" · ", faults));
    }
}
