namespace Gloss.Text.Mining;

/// <summary>Captions of one picture, or one line of plain text.</summary>
/// <param name="Image">The picture that they belong to; null where not known.</param>
/// <param name="Split">Its split; null where the data set has none.</param>
/// <param name="Captions">The captions.</param>
public sealed record CaptionEntry(string? Image, string? Split, IReadOnlyList<string> Captions);
