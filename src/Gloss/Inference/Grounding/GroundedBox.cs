using Gloss.Evaluation;

namespace Gloss.Inference.Grounding;

/// <summary>Where a tag or phrase was found.</summary>
/// <param name="Tag">The place of the tag in the list that was looked for.</param>
/// <param name="Name">The tag, exactly as it was given.</param>
/// <param name="Box">In pixels of the picture, inside it.</param>
/// <param name="Score">Mean probability of the tag's tokens, 0–1.</param>
public sealed record GroundedBox(int Tag, string Name, BoundingBox Box, float Score);
