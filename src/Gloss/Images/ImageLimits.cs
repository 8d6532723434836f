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

    internal void Validate()
    {
        var faults = new List<string>();
        if (MaxBytes < 1 || MaxBytes > Array.MaxLength)
            faults.Add($"MaxBytes = {MaxBytes}: expected 1 to {Array.MaxLength}");
        if (MaxPixels < 1 || MaxPixels > Array.MaxLength / 3)
            faults.Add($"MaxPixels = {MaxPixels}: expected 1 to {Array.MaxLength / 3}");
        if (faults.Count > 0)
            throw new ArgumentException("ImageLimits · " + string.Join(" · ", faults));
    }
}
