namespace Gloss.Data;

/// <summary>A picture of a data set with what is known of it.</summary>
public sealed record CaptionedImage
{
    /// <summary>
    /// The picture's file; for one in an archive the archive's path and the name inside, for messages.
    /// </summary>
    public required string ImagePath { get; init; }

    /// <summary>What the data set calls it: the path that its list gives, or the name in the archive.</summary>
    public required string Name { get; init; }

    /// <summary>Its number in COCO's files; null elsewhere.</summary><value>null</value>
    public long? Id { get; init; }

    /// <summary>Where the picture lies when it is in an archive.</summary><value>null</value>
    public PackedFile? Packed { get; init; }

    /// <summary>
    /// The part of the data set that it belongs to, for example <c>train</c>; null where the set has none.
    /// </summary>
    /// <value>null</value>
    public string? Split { get; init; }

    /// <summary>What people wrote of it.</summary><value>none</value>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>Names of what is in it, where the set has labels.</summary><value>none</value>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// For each caption the ids of the tags parsed from it (Tag2Text's <c>parse_label_id</c>); null: not given.
    /// </summary>
    /// <value>null</value>
    public IReadOnlyList<IReadOnlyList<int>>? ParseLabelIds { get; init; }

    /// <summary>
    /// Ids of all tags of the picture (Tag2Text's <c>union_label_id</c>); null: not given.
    /// </summary>
    /// <value>null</value>
    public IReadOnlyList<int>? UnionLabelIds { get; init; }

    /// <summary>The encoded picture; safe on several threads at once.</summary>
    public byte[] ReadImage() => Packed?.Read() ?? File.ReadAllBytes(ImagePath);
}
