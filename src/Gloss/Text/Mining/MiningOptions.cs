namespace Gloss.Text.Mining;

/// <summary>How a <see cref="MiningRun"/> works.</summary>
public sealed record MiningOptions
{
    /// <summary>
    /// Whether scene graphs are written, one caption a line; else training labels, one picture a line.
    /// </summary>
    /// <value>false</value>
    public bool Graphs { get; init; }

    /// <summary>Threads that mine.</summary><value>as many as the processor has</value>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The most words of a caption that are mined.</summary><value>1,000</value>
    public int MaxWords { get; init; } = 1000;

    /// <summary>Entries between two saved states.</summary><value>8,192</value>
    public int SaveEvery { get; init; } = 8192;

    /// <summary>What the output depends on besides the captions, such as the vocabulary's path; another text does not
    /// go on with a stopped run.</summary><value>empty</value>
    public string Fingerprint { get; init; } = "";
}
