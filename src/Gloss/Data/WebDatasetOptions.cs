namespace Gloss.Data;

/// <summary>Limits on WebDataset shards, which may come from strangers.</summary>
public sealed record WebDatasetOptions
{
    /// <summary>The most bytes of an encoded picture, 1 or more.</summary><value>256 MiB</value>
    public int MaxImageBytes { get; init; } = 256 << 20;

    /// <summary>The most bytes of a picture's JSON or text, 1 or more.</summary><value>16 MiB</value>
    public int MaxTextBytes { get; init; } = 16 << 20;
}
