using Gloss.Images;
using Gloss.Models.Generation;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Inference;

/// <summary>
/// From files to tags and captions: pictures are decoded ahead on threads of their own, go through the model in
/// batches, and come out in order, one result a picture; one that cannot be read comes as its error. What is in memory
/// does not grow with the number of pictures. Borrows the model. Not for several threads at once.
/// </summary>
public sealed class ImageRecognizer : IDisposable
{
    // Below every probability and every threshold.
    private const float NotAsked = -1;

    private readonly LoadedModel model;
    private readonly ImageRecognizerOptions options;
    private readonly GenerationOptions generation;
    private readonly ImageDecoder decoder;
    private readonly PictureEncoder encoder;
    private readonly int[]? only;

    /// <summary>A recognizer over a model.</summary>
    /// <param name="model">Borrowed.</param>
    /// <param name="options">What is given of each picture, and how.</param>
    /// <param name="openSet">Tags to ask for in the place of the model's own; borrowed.</param>
    /// <exception cref="ArgumentException">Options are out of range, or ask for what the model's parts cannot
    /// give.</exception>
    public ImageRecognizer(LoadedModel model, ImageRecognizerOptions? options = null, OpenSetTags? openSet = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        this.options = options ?? new ImageRecognizerOptions();
        this.options.Validate();
        generation = this.options.Generation ?? model.Config.Generation;
        Predictor = openSet is null ? model.Predictor
            : model.Predictor.WithOpenSet(openSet, model.Config.OpenSetThreshold);
        if (this.options.HasCaption)
            CheckCaptions();
        if (this.options.Language != TagLanguage.English && Predictor.Vocabulary.All(tag => tag.ChineseName is null))
            throw new ArgumentException("the model's tags have no Chinese names · hint: import it with --tags-zh",
                nameof(options));
        only = this.options.OnlyTags is { } chosen ? [.. chosen.Distinct()] : null;
        if (only?.FirstOrDefault(id => id < 0 || id >= Predictor.Vocabulary.Count, -1) is { } wrong and not -1)
            throw new ArgumentException($"OnlyTags has {wrong}, 0 to {Predictor.Vocabulary.Count - 1}",
                nameof(options));
        Engine.Threads = this.options.Threads;
        var ranges = model.Config.EncoderRanges is { } measured ? new ActivationRanges(measured) : null;
        encoder = new PictureEncoder(model.Model, model.Config.Preprocessing, this.options.Precision,
            this.options.Threads, ranges);
        decoder = new ImageDecoder(model.Config.Preprocessing.Decoding(this.options.Decoder, encoder.Size));
    }

    /// <summary>Asks the model, for its own tags or for those of the open set.</summary>
    public RecognitionPredictor Predictor { get; }

    /// <summary>Recognizes pictures as they are asked for.</summary>
    /// <param name="files">The pictures; drawn ahead of the results, on another thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public IEnumerable<RecognizedImage> Run(IEnumerable<ImageFile> files, CancellationToken cancellationToken = default)
    {
        foreach (var batch in ReadBatches(files, cancellationToken))
        {
            foreach (var result in Recognize(batch))
                yield return result;
        }
    }

    /// <summary>Where the model saw one tag in a picture.</summary>
    /// <param name="path">The picture.</param>
    /// <param name="tagId">The tag.</param>
    /// <returns>The picture, upright; its probability of the tag; weights over a grid of places, (side, side)
    /// row-major.</returns>
    /// <exception cref="ImageException">The picture cannot be read.</exception>
    public (RgbImage Picture, float Score, float[] Weights, int Side) WhereSeen(string path, int tagId)
    {
        var picture = new ImageDecoder(options.Decoder).Decode(path);
        using var tokens = encoder.Encode([encoder.Fit(picture)]);
        var (weights, side) = Predictor.WhereSeen(tokens, tagId);
        return (picture, Predictor.TagProbabilities(tokens, [tagId])[0], weights, side);
    }

    /// <summary>Pictures in batches, in order: each batch holds at most the batch size of readable ones.</summary>
    internal IEnumerable<PictureBatch> ReadBatches(IEnumerable<ImageFile> files, CancellationToken cancellationToken) =>
        PictureBatch.Read(files, decoder, encoder.Fit, options, cancellationToken);

    /// <summary>Tokens of a batch's readable pictures; the caller owns them.</summary>
    internal Tensor Encode(PictureBatch batch) => encoder.Encode(batch.Images);

    /// <summary>Tokens of pictures of the model's size; the caller owns them.</summary>
    internal Tensor Encode(IReadOnlyList<RgbImage> images) => encoder.Encode(images);

    /// <summary>A picture as the model takes it.</summary>
    internal RgbImage Fit(RgbImage image) => encoder.Fit(image);

    /// <summary>Probabilities (B, K) in the recognizer's precision.</summary>
    internal float[] TagProbabilities(Tensor tokens)
    {
        using var products = encoder.Products();
        if (only is null)
            return Predictor.TagProbabilities(tokens);
        var some = Predictor.TagProbabilities(tokens, only);
        var (pictures, count) = (some.Length / only.Length, Predictor.Vocabulary.Count);
        var all = new float[pictures * count];
        Array.Fill(all, NotAsked);
        for (var i = 0; i < some.Length; i++)
            all[i / only.Length * count + only[i % only.Length]] = some[i];
        return all;
    }

    /// <summary>Captions of all pictures of (B, N, C), each guided by its tags.</summary>
    internal string[] Captions(Tensor tokens, IReadOnlyList<IReadOnlyList<string>> guides) =>
        Predictor.Caption(tokens, guides, generation);

    /// <inheritdoc/>
    public void Dispose() => encoder.Dispose();

    private RecognizedImage[] Recognize(PictureBatch batch)
    {
        IReadOnlyList<RecognizedTag>[] tags = [];
        string[] captions = [];
        if (batch.Images.Count > 0)
        {
            using var tokens = Encode(batch);
            var count = Predictor.Vocabulary.Count;
            var needsTags = options.HasTags || (options.HasCaption && options.CaptionTags is null);
            var probabilities = needsTags ? TagProbabilities(tokens) : [];
            Memory<float> Row(int picture) => probabilities.AsMemory(picture * count, count);
            if (options.HasTags)
                tags = [.. Enumerable.Range(0, batch.Images.Count).Select(i => Chosen(Row(i).Span))];
            if (options.HasCaption)
            {
                var guides = Enumerable.Range(0, batch.Images.Count).Select(i =>
                    options.CaptionTags ?? Predictor.GuidingTags(Row(i).Span, options.GuideThreshold)).ToArray();
                captions = options.SamplingSeed is { } seed ? Sampled(tokens, guides, batch, seed)
                    : Captions(tokens, guides);
            }
        }
        return batch.Results(i => options.HasTags ? tags[i] : [], i => options.HasCaption ? captions[i] : null);
    }

    private RecognizedTag[] Chosen(ReadOnlySpan<float> probabilities)
    {
        // Strictly above: a threshold below 0 takes every tag.
        var threshold = options.Threshold ?? (options.Top is null ? null : NotAsked);
        var tags = Predictor.RecognizedTags(probabilities, threshold).OrderByDescending(tag => tag.Score)
            .ThenBy(tag => tag.Id);
        return [.. (options.Top is { } top ? tags.Take(top) : tags).Select(Named)];
    }

    private RecognizedTag Named(RecognizedTag tag) => options.Language == TagLanguage.Chinese
        && Predictor.Vocabulary[tag.Id].ChineseName is { } name ? tag with { Name = name } : tag;

    private void CheckCaptions()
    {
        var captioner = model.Model.Captioner ?? throw new ArgumentException(
            $"the model gives no captions: family {model.Config.Family}, without the parts that write them",
            nameof(options));
        if (generation.MaxLength > captioner.MaxPositions)
            throw new ArgumentException(
                $"captions of up to {generation.MaxLength} tokens · the model has {captioner.MaxPositions} positions",
                nameof(options));
        if (model.Parts != ModelParts.All)
            throw new ArgumentException("captions need all parts of the model, it was opened for tagging",
                nameof(options));
    }

    // One picture at a time, so that a caption does not depend on its batch.
    private string[] Sampled(Tensor tokens, IReadOnlyList<string>[] guides, PictureBatch batch, int seed)
    {
        using var scope = TensorScope.Begin();
        var indices = batch.Items.Where(item => item.Item.Image is not null).Select(item => item.Item.Index).ToArray();
        return [.. guides.Select((guide, i) => Predictor.CaptionBySampling(
            tokens.Narrow(0, i, 1), [guide], generation, unchecked(seed + (int)indices[i] * 7919))[0])];
    }
}
