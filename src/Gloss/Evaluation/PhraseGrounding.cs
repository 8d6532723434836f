namespace Gloss.Evaluation;

/// <summary>A phrase of a caption, where it is, and where a model found it.</summary>
/// <param name="Types">Its types, as Flickr30k Entities names them: people, clothing, scene …; counted under
/// each.</param>
/// <param name="Truth">Its boxes, at least one; several count as the smallest box around them.</param>
/// <param name="Found">What the model found, surest first.</param>
public sealed record PhraseGrounding(IReadOnlyList<string> Types, IReadOnlyList<BoundingBox> Truth,
    IReadOnlyList<BoundingBox> Found);
