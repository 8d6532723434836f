using Gloss.Torch;

namespace Gloss.Models;

/// <summary>
/// A model that recognises tags in a picture: image tokens once, then a score for each tag that is asked for.
/// </summary>
public abstract class TaggingModel : Module
{
    /// <summary>Pixels to tokens.</summary>
    public abstract ImageEncoder VisualEncoder { get; }

    /// <summary>Width of the image tokens that all other parts see.</summary>
    public abstract long TokenWidth { get; }

    /// <summary>Number of tags in the vocabulary.</summary>
    public abstract int TagCount { get; }

    /// <summary>Where the model computes.</summary>
    public abstract Device Device { get; }

    /// <summary>What writes captions, or null where the model has no such part.</summary>
    public virtual ICaptioningModel? Captioner => null;

    /// <summary>Numbers that describe a tag outside the vocabulary, or null where the model knows no others.</summary>
    public virtual OpenSetShape? OpenSet => null;

    /// <summary>
    /// The encoder's tokens (B, N, encoder width) to those that all other parts see, (B, N, <see cref="TokenWidth"/>).
    /// </summary>
    public abstract Tensor ProjectTokens(Tensor encoderTokens);

    /// <summary>Normalised pixels (B, 3, S, S) to image tokens (B, N, <see cref="TokenWidth"/>).</summary>
    public Tensor EncodeImages(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(ProjectTokens(VisualEncoder.Forward(pixels)));
    }

    /// <summary>
    /// Image tokens (B, N, C) to tag logits (B, K). <paramref name="ids"/> (int64): only these tags, in their order, in
    /// proportionally less time. With <paramref name="intermediates"/> the recognition decoder's layer outputs are put
    /// there.
    /// </summary>
    public abstract Tensor TagLogits(Tensor imageTokens, Tensor? ids = null, IList<Tensor>? intermediates = null);

    /// <summary>
    /// Where the model saw the tags <paramref name="ids"/> (int64): weights over image tokens (B, K, N), rows sum to 1.
    /// </summary>
    public abstract Tensor WhereSeen(Tensor imageTokens, Tensor ids);

    /// <summary>
    /// As <see cref="TagLogits"/> for tags outside the vocabulary, by CLIP's embeddings (see <see cref="OpenSet"/>):
    /// (K, embedding) of names, or (K, texts, embedding) of descriptions.
    /// </summary>
    /// <exception cref="NotSupportedException">The model knows its own tags alone.</exception>
    public virtual Tensor OpenSetLogits(Tensor imageTokens, Tensor embeddings, IList<Tensor>? intermediates = null) =>
        throw new NotSupportedException($"{GetType().Name} knows its own tags alone");

    /// <summary>As <see cref="WhereSeen"/> for the embeddings of <see cref="OpenSetLogits"/>.</summary>
    /// <exception cref="NotSupportedException">The model knows its own tags alone.</exception>
    public virtual Tensor OpenSetWhereSeen(Tensor imageTokens, Tensor embeddings) =>
        throw new NotSupportedException($"{GetType().Name} knows its own tags alone");
}
