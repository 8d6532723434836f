namespace Gloss.Search;

/// <summary>Which pictures a search may give; all of what is said must hold.</summary>
public sealed record SearchFilter
{
    /// <summary>Tags (or synonyms) that a picture has.</summary><value>none</value>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Tags that it has not.</summary><value>none</value>
    public IReadOnlyList<string> NotTags { get; init; } = [];

    /// <summary>
    /// Where it lies, one of these: a folder or file; a pattern with * and ? over the whole path; else letters that the
    /// path has, in whatever case.
    /// </summary><value>everywhere</value>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Taken then or later.</summary><value>null</value>
    public DateTime? Since { get; init; }

    /// <summary>Taken before.</summary><value>null</value>
    public DateTime? Before { get; init; }

    /// <summary>
    /// One threshold for all tags, 0–1, at least the catalogue's floor; null: each tag's own, else the model's. It
    /// holds for the filter, and for the tags that are shown.
    /// </summary><value>null</value>
    public float? Threshold { get; init; }

    /// <summary>Whether it lets all pictures through.</summary>
    internal bool IsOpen => Tags.Count == 0 && NotTags.Count == 0 && Paths.Count == 0 && Since is null
        && Before is null;
}
