namespace Gloss.Search;

/// <summary>What a model said of a file, to be put into a catalogue.</summary>
internal sealed record IndexedPicture(PendingPicture Pending)
{
    /// <summary>Pixels, upright.</summary>
    public int Width { get; init; }

    /// <summary>Pixels, upright.</summary>
    public int Height { get; init; }

    /// <summary>Probabilities of all tags of the vocabulary.</summary>
    public ReadOnlyMemory<float> Scores { get; init; }

    /// <summary>The embedding.</summary>
    public ReadOnlyMemory<float> Embedding { get; init; }

    /// <summary>64 bits of how it looks: those of like pictures differ in few.</summary>
    public long Look { get; init; }

    /// <summary>The caption, or null where none was asked for.</summary>
    public string? Caption { get; init; }

    /// <summary>Why it could not be read, or null.</summary>
    public string? Error { get; init; }
}
