namespace Gloss.Text;

/// <summary>One entry of a tag vocabulary: one class of a tagging head.</summary>
/// <param name="Id">The class: the row of the tag in the tagging head, counted from 0.</param>
/// <param name="Name">The English name, as it is shown and as captions are guided by it.</param>
/// <param name="Type">What kind of thing the tag names.</param>
/// <param name="Synonyms">Other words for the same tag; empty when there are none.</param>
/// <param name="ChineseName">The Chinese name, or null when none is given.</param>
/// <param name="Threshold">
/// The probability (0–1) above which the tag is given; null takes the threshold of the model.
/// </param>
public sealed record Tag(
    int Id,
    string Name,
    TagType Type,
    IReadOnlyList<string> Synonyms,
    string? ChineseName = null,
    float? Threshold = null);
