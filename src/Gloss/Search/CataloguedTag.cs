using Gloss.Text;

namespace Gloss.Search;

/// <summary>A tag of a picture in a catalogue.</summary>
/// <param name="Name">The English name.</param>
/// <param name="Type">What kind of thing it names; null for one outside the model's vocabulary.</param>
/// <param name="Score">The model's probability; 1 for a tag that a person added.</param>
/// <param name="IsByPerson">Whether a person added it.</param>
public sealed record CataloguedTag(string Name, TagType? Type, float Score, bool IsByPerson);
