using Gloss.Text;

namespace Gloss.Inference;

/// <summary>A tag that a model gave to a picture.</summary>
/// <param name="Id">The tag's class in the vocabulary.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">What kind of thing it names.</param>
/// <param name="Score">Its probability, 0–1.</param>
public readonly record struct RecognizedTag(int Id, string Name, TagType Type, float Score);
