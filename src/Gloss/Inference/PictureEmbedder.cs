using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Puts pictures, and texts where the model can, into one space in which what is alike is near: what a catalogue stores
/// of each picture, and what a search compares. <see cref="Of"/> chooses the one of a model; a family with a text side
/// is added there.
/// </summary>
public abstract class PictureEmbedder
{
    /// <summary>
    /// Names the space: embeddings of two kinds, or of two models, are never compared. Part of
    /// <see cref="CatalogueIdentity"/>.
    /// </summary>
    public abstract string Kind { get; }

    /// <summary>Numbers of an embedding.</summary>
    public abstract int Width { get; }

    /// <summary>Whether texts can be embedded, too.</summary>
    public virtual bool EmbedsText => false;

    /// <summary>
    /// Image tokens (B, N, C) to embeddings (B, <see cref="Width"/>), float32, row-major, each of length 1.
    /// </summary>
    public abstract float[] EmbedPictures(Tensor imageTokens);

    /// <summary>A text to an embedding of length 1.</summary>
    /// <exception cref="NotSupportedException">The model has no text side.</exception>
    public virtual float[] EmbedText(string text) =>
        throw new NotSupportedException($"embeddings of the kind {Kind} have no text side");

    /// <summary>The embedder of a model, which it borrows.</summary>
    public static PictureEmbedder Of(LoadedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return TextAligner.CanAlign(model.Predictor) ? new AlignedEmbedder(model.Predictor)
            : new MeanTokenEmbedder(model.Model);
    }

    /// <summary>The <see cref="Kind"/> of <see cref="Of"/>'s choice, known before the weights are read.</summary>
    public static string KindOf(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Tag2Text?.Alignment is null ? MeanTokenEmbedder.Name : AlignedEmbedder.Name;
    }

    /// <summary>Whether the embeddings of a catalogue's model have a text side, by their kind.</summary>
    internal static bool EmbedsTextOf(Search.CatalogueModel model) =>
        !model.Identity.EndsWith("/" + MeanTokenEmbedder.Name, StringComparison.Ordinal);

    /// <summary>What a catalogue knows a model by: a hash of its files, and the kind of its embeddings.</summary>
    public static string CatalogueIdentity(ModelFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return $"{folder.Hash()}/{KindOf(folder.Config)}";
    }

    /// <summary>Makes each row of (B, width) as long as 1; a row of zeros stays so.</summary>
    protected internal static void Normalize(Span<float> rows, int width)
    {
        for (; !rows.IsEmpty; rows = rows[width..])
        {
            var sum = 0.0;
            foreach (var value in rows[..width])
                sum += (double)value * value;
            var scale = sum > 0 ? (float)(1 / Math.Sqrt(sum)) : 0;
            for (var i = 0; i < width; i++)
                rows[i] *= scale;
        }
    }
}
