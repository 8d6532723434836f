using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>Tags outside a model's vocabulary, with CLIP's embeddings by which the model is told of them.</summary>
public sealed class OpenSetTags : IDisposable
{
    /// <summary>Tags by embeddings.</summary>
    /// <param name="vocabulary">The tags.</param>
    /// <param name="embeddings">
    /// Normalised, (K, embedding) of names or (K, texts, embedding) of descriptions; this object owns them.
    /// </param>
    /// <exception cref="ArgumentException">There are not as many tags as embeddings.</exception>
    public OpenSetTags(TagVocabulary vocabulary, Tensor embeddings)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(embeddings);
        if (embeddings.Rank is not (2 or 3) || embeddings.Size(0) != vocabulary.Count)
            throw new ArgumentException($"the embeddings of {vocabulary.Count} tags are {embeddings}",
                nameof(embeddings));
        Vocabulary = vocabulary;
        Embeddings = TensorScope.Detach(embeddings);
        IsOfDescriptions = embeddings.Rank == 3;
    }

    /// <summary>The tags, in the order of the embeddings.</summary>
    public TagVocabulary Vocabulary { get; }

    /// <summary>Normalised, (K, embedding) of names or (K, texts, embedding) of descriptions.</summary>
    public Tensor Embeddings { get; }

    /// <summary>Whether a tag is several embeddings, of descriptions; else it is one, of its name.</summary>
    public bool IsOfDescriptions { get; }

    /// <inheritdoc/>
    public void Dispose() => Embeddings.Dispose();
}
