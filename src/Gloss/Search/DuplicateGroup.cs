namespace Gloss.Search;

/// <summary>Pictures that are the same or nearly so.</summary>
/// <param name="Pictures">The one with most pixels first, then the one with most bytes.</param>
/// <param name="IsIdentical">Whether all files have the same bytes.</param>
/// <param name="Similarity">The least cosine by which one of them joined the others; 1 where the bytes are the
/// same.</param>
public sealed record DuplicateGroup(IReadOnlyList<CataloguedPicture> Pictures, bool IsIdentical, float Similarity);
