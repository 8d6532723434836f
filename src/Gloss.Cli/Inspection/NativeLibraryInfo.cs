namespace Gloss.Cli.Inspection;

/// <summary>One of Gloss's native libraries, and what it loaded.</summary>
internal sealed record NativeLibraryInfo
{
    /// <summary>Its name, without prefix and ending: <c>gloss_torch</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required string Purpose { get; init; }

    /// <summary>Whether Gloss works without it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Where it was found; null when it was not.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The libraries behind it with their versions, as they say themselves; null when it was not loaded.
    /// </summary>
    public string? Versions { get; init; }

    /// <summary>Why it cannot be used; null when it can.</summary>
    public string? Error { get; init; }
}
