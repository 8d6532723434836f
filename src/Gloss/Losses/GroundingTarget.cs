namespace Gloss.Losses;

/// <summary>A box that is to be found, and the tokens that name it.</summary>
/// <param name="CentreX">Centre as a fraction of the picture's width.</param>
/// <param name="CentreY">Centre as a fraction of the picture's height.</param>
/// <param name="Width">Fraction of the picture's width, above 0.</param>
/// <param name="Height">Fraction of the picture's height, above 0.</param>
/// <param name="Tokens">The tokens of its phrase, at least one.</param>
public sealed record GroundingTarget(float CentreX, float CentreY, float Width, float Height,
    IReadOnlyList<int> Tokens);
