namespace Gloss.Evaluation;

/// <summary>One caption measure over a corpus.</summary>
/// <param name="Corpus">The figure of the whole corpus, as published tables give it (a fraction, not percent).</param>
/// <param name="Items">The figure of each item, in the order of the input.</param>
public sealed record CaptionScore(double Corpus, IReadOnlyList<double> Items);
