namespace Gloss.Images;

/// <summary>How far and how fast pictures are decoded ahead.</summary>
public sealed record DecodeAheadOptions
{
    /// <summary>Threads that decode, 1–256.</summary>
    /// <value>The number of processors.</value>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>The most pictures that wait or are being decoded, at least 1.</summary>
    /// <value>32.</value>
    public int Capacity { get; init; } = 32;

    // How long the end waits for pictures that are being read.
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);
}
