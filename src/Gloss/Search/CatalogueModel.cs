using Gloss.Text;

namespace Gloss.Search;

/// <summary>The model that computed what a catalogue holds.</summary>
public sealed record CatalogueModel
{
    /// <summary>Tells it from every other model: a hash of its files, and what its embeddings are made of.</summary>
    public required string Identity { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>The folder that it was last opened from.</summary>
    public required string Folder { get; init; }

    /// <summary>Its tags, in the order of its classes.</summary>
    public required TagVocabulary Tags { get; init; }

    /// <summary>Probability above which a tag is given that has no threshold of its own, 0–1.</summary>
    public required float Threshold { get; init; }

    /// <summary>Ids of tags that are never given.</summary>
    public IReadOnlyList<int> DeletedTags { get; init; } = [];

    /// <summary>Scores above this are kept, 0–1.</summary>
    public required float Floor { get; init; }

    /// <summary>Its row in the catalogue.</summary>
    internal long Row { get; init; }

    /// <summary>Each tag's threshold; infinite for one that is never given.</summary>
    internal float[] Thresholds(float? forAll = null)
    {
        var thresholds = Tags.Select(tag => forAll ?? tag.Threshold ?? Threshold).ToArray();
        foreach (var id in DeletedTags)
            thresholds[id] = float.PositiveInfinity;
        return thresholds;
    }
}
