using Gloss.Data;
using Gloss.Images;
using Gloss.Models.Clip;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// What a CLIP says: embeddings of pictures, of texts and of tags, and how well they fit each other. Borrows the model,
/// changes nothing in it and records no gradients. Not for several threads at once.
/// </summary>
public sealed class ClipPredictor
{
    /// <summary>Where a template of sentences has the label.</summary>
    public const string Place = "{}";

    private readonly LoadedClip clip;

    /// <summary>A predictor over a model.</summary>
    public ClipPredictor(LoadedClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        this.clip = clip;
    }

    /// <summary>Side of the pictures that <see cref="EncodeImages"/> takes.</summary>
    public int Size => (int)clip.Model.Config.ImageSize;

    /// <summary>A picture made as large as the model takes it.</summary>
    public RgbImage Fit(RgbImage image) => clip.Config.Preprocessing.Fit(image, Size);

    /// <summary>Pictures of <see cref="Size"/> to normalised embeddings (B, embedding); the caller owns them.</summary>
    public Tensor EncodeImages(IReadOnlyList<RgbImage> images)
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var (mean, deviation) = (clip.Config.Preprocessing.Mean, clip.Config.Preprocessing.Deviation);
        return scope.Return(clip.Model.EncodeImages(PixelTensors.Normalize(images, mean, deviation, clip.Model.Device))
            .Normalize());
    }

    /// <summary>Texts to normalised embeddings (M, embedding); the caller owns them.</summary>
    /// <param name="texts">The texts; at least one.</param>
    /// <param name="cancellationToken">Stops between every 63 of them.</param>
    public Tensor EncodeTexts(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        using var noGradient = GradientMode.Inference();
        return TagSentences.EmbedTexts(clip.Model, clip.Tokenizer, texts, cancellationToken);
    }

    /// <summary>
    /// Labels to normalised embeddings (K, embedding), the mean over sentences about each; the caller owns them.
    /// </summary>
    /// <param name="labels">The labels.</param>
    /// <param name="templates">
    /// Sentences with <see cref="Place"/> where the label goes, which is put in as it is; null: the 63 of RAM.
    /// </param>
    /// <param name="cancellationToken">Stops between labels.</param>
    /// <exception cref="ArgumentException">A template has no place for the label.</exception>
    public Tensor EncodeLabels(IReadOnlyList<string> labels, IReadOnlyList<string>? templates = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var noGradient = GradientMode.Inference();
        if (templates is null)
            return TagSentences.Embed(clip.Model, clip.Tokenizer, labels, null, cancellationToken);
        if (templates.FirstOrDefault(t => !t.Contains(Place, StringComparison.Ordinal)) is { } wrong)
            throw new ArgumentException($"the template '{wrong}' has no {Place} where the label goes",
                nameof(templates));
        return TagSentences.Embed(clip.Model, clip.Tokenizer, labels,
            label => [.. templates.Select(t => t.Replace(Place, label, StringComparison.Ordinal))], cancellationToken);
    }

    /// <summary>
    /// Probability of each label for each picture, (B, K) row-major: softmax over the labels of scaled cosines.
    /// </summary>
    /// <param name="images">Embeddings of pictures, (B, embedding).</param>
    /// <param name="labels">Embeddings of labels, (K, embedding).</param>
    public float[] Classify(Tensor images, Tensor labels)
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        using var products = Precision.Full();
        return clip.Model.Logits(images.To(ScalarType.Float32), labels.To(ScalarType.Float32)).Softmax(-1)
            .ToArray<float>();
    }

    /// <summary>Cosine of each picture with each text, (B, M) row-major, −1 to 1.</summary>
    /// <param name="images">Embeddings of pictures, (B, embedding).</param>
    /// <param name="texts">Embeddings of texts, (M, embedding).</param>
    public static float[] Cosines(Tensor images, Tensor texts)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(texts);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        using var products = Precision.Full();
        return images.To(ScalarType.Float32).Normalize()
            .MatMul(texts.To(ScalarType.Float32).Normalize().Transpose(0, 1)).ToArray<float>();
    }

    /// <summary>
    /// Tags by their names, for a RAM: embeddings over 63 sentences, as the published model has them.
    /// </summary>
    /// <param name="names">The tags.</param>
    /// <param name="cancellationToken">Stops between tags.</param>
    /// <exception cref="ArgumentException">No names, or an empty one.</exception>
    public OpenSetTags Tags(IReadOnlyList<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count == 0)
            throw new ArgumentException("no tags", nameof(names));
        return new OpenSetTags(Vocabulary(names), EncodeLabels(names, null, cancellationToken));
    }

    /// <summary>Tags by texts that describe them, for a RAM++: an embedding of each text.</summary>
    /// <param name="descriptions">The tags with as many texts each.</param>
    /// <param name="cancellationToken">Stops between every 63 texts.</param>
    public OpenSetTags Tags(TagDescriptions descriptions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(descriptions);
        using var scope = TensorScope.Begin();
        var tags = descriptions.Tags;
        var embeddings = EncodeTexts([.. Enumerable.Range(0, tags.Count).SelectMany(i => descriptions[i])],
            cancellationToken);
        return new OpenSetTags(Vocabulary(tags), embeddings.Reshape(tags.Count, descriptions.TextsPerTag, -1)
            .Contiguous());
    }

    private static TagVocabulary Vocabulary(IReadOnlyList<string> names) =>
        new(names.Select((name, id) => new Tag(id, name.Trim(), TagType.Object, [])));
}
