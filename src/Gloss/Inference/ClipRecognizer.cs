using Gloss.Images;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// From files to how well given texts fit each picture, by CLIP: pictures are decoded ahead, go through the model in
/// batches and come out in order. Borrows the model. Not for several threads at once.
/// </summary>
public sealed class ClipRecognizer : IDisposable
{
    private readonly ClipPredictor predictor;
    private readonly IReadOnlyList<string> labels;
    private readonly ImageRecognizerOptions options;
    private readonly bool isClassifier;
    private readonly ImageDecoder decoder;
    private readonly InferencePrecision precision;
    private readonly Tensor embeddings;

    private ClipRecognizer(ClipPredictor predictor, IReadOnlyList<string> labels, Tensor embeddings, bool isClassifier,
        ImageRecognizerOptions? options)
    {
        (this.predictor, this.labels, this.isClassifier) = (predictor, labels, isClassifier);
        this.options = options ?? new ImageRecognizerOptions();
        this.options.Validate();
        this.embeddings = TensorScope.Detach(embeddings);
        decoder = new ImageDecoder(this.options.Decoder);
        precision = ProcessorPrecision.Resolve(this.options.Precision, this.embeddings.Device, canBeInt8: false);
    }

    /// <summary>Zero-shot classification: scores are probabilities over the labels, which sum to 1.</summary>
    /// <param name="predictor">Asks the model.</param>
    /// <param name="labels">What a picture may be; at least one.</param>
    /// <param name="templates">Sentences about a label, see <see cref="ClipPredictor.EncodeLabels"/>; null: the 63 of
    /// RAM.</param>
    /// <param name="options">How pictures are read, and <see cref="ImageRecognizerOptions.Top"/> and
    /// <see cref="ImageRecognizerOptions.Threshold"/>.</param>
    /// <param name="cancellationToken">Stops while labels are embedded.</param>
    public static ClipRecognizer Classifier(ClipPredictor predictor, IReadOnlyList<string> labels,
        IReadOnlyList<string>? templates = null,
        ImageRecognizerOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check(predictor, labels);
        return new ClipRecognizer(predictor, labels, predictor.EncodeLabels(labels, templates, cancellationToken),
            isClassifier: true, options);
    }

    /// <summary>Scores are the cosines of pictures and texts, −1 to 1.</summary>
    /// <param name="predictor">Asks the model.</param>
    /// <param name="texts">The texts; at least one.</param>
    /// <param name="options">As of <see cref="Classifier"/>.</param>
    public static ClipRecognizer Scorer(ClipPredictor predictor, IReadOnlyList<string> texts,
        ImageRecognizerOptions? options = null)
    {
        Check(predictor, texts);
        return new ClipRecognizer(predictor, texts, predictor.EncodeTexts(texts), isClassifier: false, options);
    }

    /// <summary>Recognizes pictures as they are asked for; each text comes as a tag, the best fitting first.</summary>
    /// <param name="files">The pictures; drawn ahead of the results, on another thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public IEnumerable<RecognizedImage> Run(IEnumerable<ImageFile> files, CancellationToken cancellationToken = default)
    {
        foreach (var batch in PictureBatch.Read(files, decoder, predictor.Fit, options, cancellationToken))
        {
            foreach (var result in Recognize(batch))
                yield return result;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => embeddings.Dispose();

    private RecognizedImage[] Recognize(PictureBatch batch)
    {
        float[] scores = [];
        if (batch.Images.Count > 0)
        {
            using var products = precision == InferencePrecision.BFloat16
                ? Precision.BFloat16(embeddings.Device) : null;
            using var images = predictor.EncodeImages(batch.Images);
            scores = isClassifier ? predictor.Classify(images, embeddings) : ClipPredictor.Cosines(images, embeddings);
        }
        return batch.Results(image => Chosen(scores.AsSpan(image * labels.Count, labels.Count)), _ => null);
    }

    private RecognizedTag[] Chosen(ReadOnlySpan<float> scores)
    {
        var tags = new List<RecognizedTag>();
        for (var i = 0; i < scores.Length; i++)
        {
            if (options.Threshold is null || scores[i] > options.Threshold)
                tags.Add(new RecognizedTag(i, labels[i], TagType.Object, scores[i]));
        }
        return [.. tags.OrderByDescending(tag => tag.Score).ThenBy(tag => tag.Id).Take(options.Top ?? int.MaxValue)];
    }

    private static void Check(ClipPredictor predictor, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count == 0 || labels.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("expected labels or texts, at least one and none empty", nameof(labels));
    }
}
