namespace Gloss.Search;

/// <summary>A picture that a search found.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Score">How well it fits: the larger the better; comparable within one search only.</param>
public sealed record SearchResult(CataloguedPicture Picture, float Score);
