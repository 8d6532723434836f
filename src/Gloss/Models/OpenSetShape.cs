namespace Gloss.Models;

/// <summary>How a model is told of a tag outside its vocabulary.</summary>
/// <param name="EmbeddingSize">Width of an embedding.</param>
/// <param name="IsOfDescriptions">Whether a tag is several embeddings, of descriptions; else it is one, of its
/// name.</param>
public readonly record struct OpenSetShape(long EmbeddingSize, bool IsOfDescriptions);
