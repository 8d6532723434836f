using Gloss.Data;
using Gloss.Models;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// What a model says of image tokens: probabilities, tags, captions guided by tags, and where it saw a tag.
/// Borrows the model, changes nothing in it and records no gradients; the model is in evaluation mode
/// (<see cref="Module.Train"/>) or its dropout acts. Not for several threads at once.
/// </summary>
public sealed class RecognitionPredictor
{
    // On a processor the queries of a few pictures at a time take no longer, and a fraction of the memory.
    private const int QueriesAtATime = 4096;

    private readonly HashSet<int> excluded;
    private readonly HashSet<int> deleted;
    private readonly Tag2TextTokens? tokens;
    private readonly OpenSetTags? openSet;

    /// <summary>A predictor over a model with its tags, and its tokens where it captions.</summary>
    /// <exception cref="ArgumentException">The vocabulary has not the model's number of tags, or an option is out of
    /// range.</exception>
    public RecognitionPredictor(TaggingModel model, Tag2TextTokens? tokens, TagVocabulary vocabulary,
        RecognitionPredictorOptions? options = null)
        : this(model, tokens, vocabulary, options ?? new RecognitionPredictorOptions(), openSet: null)
    {
        if (vocabulary.Count != model.TagCount)
        {
            throw new ArgumentException($"the vocabulary has {vocabulary.Count} tags, the model {model.TagCount} · " +
                "hint: is this the tags.jsonl that belongs to the model?", nameof(vocabulary));
        }
    }

    private RecognitionPredictor(TaggingModel model, Tag2TextTokens? tokens, TagVocabulary vocabulary,
        RecognitionPredictorOptions options,
        OpenSetTags? openSet)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(vocabulary);
        options.Validate(vocabulary);
        (Model, this.tokens, Vocabulary, Options, this.openSet) = (model, tokens, vocabulary, options, openSet);
        excluded = [.. options.ExcludedTags];
        deleted = [.. options.DeletedTags];
    }

    /// <summary>The model; it stays its owner's.</summary>
    public TaggingModel Model { get; }

    /// <summary>How texts become token ids.</summary>
    /// <exception cref="InvalidOperationException">The model does not caption.</exception>
    public Tag2TextTokens Tokens =>
        tokens ?? throw new InvalidOperationException("the model does not caption: it has no tokens");

    /// <summary>The tags, in the order of the model's classes.</summary>
    public TagVocabulary Vocabulary { get; }

    /// <summary>Thresholds and excluded tags.</summary>
    public RecognitionPredictorOptions Options { get; }

    /// <summary>
    /// The same model asked for tags outside its vocabulary, which are borrowed: the caller owns them.
    /// </summary>
    /// <param name="tags">What it is asked for.</param>
    /// <param name="threshold">Probability above which a tag is given that has no threshold of its own, 0–1.</param>
    /// <exception cref="ArgumentException">The model knows its own tags alone, or wants embeddings of another
    /// shape.</exception>
    public RecognitionPredictor WithOpenSet(OpenSetTags tags, float threshold)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var shape = Model.OpenSet ?? throw new ArgumentException($"{Model.GetType().Name} knows its own tags alone",
            nameof(tags));
        if (tags.IsOfDescriptions != shape.IsOfDescriptions || tags.Embeddings.Size(-1) != shape.EmbeddingSize)
        {
            throw new ArgumentException(
                $"the tags' embeddings are {tags.Embeddings}, expected (K, {(shape.IsOfDescriptions ? "texts, " : "")}" +
                $"{shape.EmbeddingSize}) · hint: RAM takes names, RAM++ descriptions", nameof(tags));
        }
        return new RecognitionPredictor(Model, tokens, tags.Vocabulary,
            new RecognitionPredictorOptions { Threshold = threshold }, tags);
    }

    /// <summary>The same model with a threshold for each tag, in the order of the vocabulary.</summary>
    /// <exception cref="ArgumentException">There are not as many thresholds as tags, or one is outside 0–1.</exception>
    public RecognitionPredictor WithThresholds(IReadOnlyList<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        if (thresholds.Count != Vocabulary.Count)
            throw new ArgumentException($"{thresholds.Count} thresholds for {Vocabulary.Count} tags",
                nameof(thresholds));
        var tags = new TagVocabulary(Vocabulary.Select(tag => tag with { Threshold = thresholds[tag.Id] }));
        return new RecognitionPredictor(Model, tokens, tags, Options, openSet);
    }

    /// <summary>
    /// Image tokens (B, N, <see cref="TaggingModel.TokenWidth"/>) to probabilities (B, K), row-major;
    /// with <paramref name="ids"/> only of these tags, in their order, in proportionally less time.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public float[] TagProbabilities(Tensor imageTokens, int[]? ids = null)
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var (pictures, tags) = ((int)imageTokens.Size(0), ids?.Length ?? Vocabulary.Count);
        var chosen = ids is null ? null : Ids(ids, imageTokens.Device);
        var probabilities = new float[pictures * tags];
        var step = imageTokens.Device.Type == DeviceType.Cpu
            ? Math.Max(1, QueriesAtATime / Math.Max(1, tags)) : pictures;
        for (var first = 0; first < pictures; first += step)
        {
            using var part = TensorScope.Begin();
            var count = Math.Min(step, pictures - first);
            var logits = Logits(imageTokens.Narrow(0, first, count), chosen);
            logits.To(ScalarType.Float32).Sigmoid().CopyTo(probabilities.AsSpan(first * tags, count * tags));
        }
        return probabilities;
    }

    /// <summary>
    /// The tags of one picture whose probability is above (not at) their threshold, in the order of the vocabulary,
    /// without the deleted ones.
    /// </summary>
    /// <param name="probabilities">One row of <see cref="TagProbabilities"/> over the whole vocabulary.</param>
    /// <param name="threshold">One threshold for all tags; null: each tag's own, else the model's.</param>
    public IReadOnlyList<RecognizedTag> RecognizedTags(ReadOnlySpan<float> probabilities, float? threshold = null)
    {
        CheckRow(probabilities);
        var tags = new List<RecognizedTag>();
        for (var id = 0; id < probabilities.Length; id++)
        {
            var tag = Vocabulary[id];
            if (probabilities[id] > (threshold ?? tag.Threshold ?? Options.Threshold) && !deleted.Contains(id))
                tags.Add(new RecognizedTag(id, tag.Name, tag.Type, probabilities[id]));
        }
        return tags;
    }

    /// <summary>
    /// The names of the tags that guide the caption of one picture, in the order of the vocabulary: those above
    /// <paramref name="threshold"/>, else above the guiding threshold of the options, without the excluded ones.
    /// </summary>
    public IReadOnlyList<string> GuidingTags(ReadOnlySpan<float> probabilities, float? threshold = null) =>
        [.. RecognizedTags(probabilities, threshold ?? Options.GuideThreshold).Where(tag => !excluded.Contains(tag.Id))
            .Select(tag => tag.Name)];

    /// <summary>Captions by beam search: image tokens (B, N, C) and for each picture the tags to speak of.</summary>
    /// <exception cref="ArgumentException">There are not as many lists of tags as pictures.</exception>
    public string[] Caption(Tensor imageTokens, IReadOnlyList<IReadOnlyList<string>> tagNamesPerImage,
        GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var context = EncodeTags(imageTokens, tagNamesPerImage);
        return [.. BeamSearch.Run(Captioner.TextDecoder, context, Tokens.Prompt, options)
            .Select(text => Tokens.DecodeCaption(text.Tokens))];
    }

    /// <summary>As <see cref="Caption"/>, drawn by nucleus sampling: equal seeds give equal captions.</summary>
    /// <exception cref="ArgumentException">There are not as many lists of tags as pictures.</exception>
    public string[] CaptionBySampling(Tensor imageTokens, IReadOnlyList<IReadOnlyList<string>> tagNamesPerImage,
        GenerationOptions options, int seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var context = EncodeTags(imageTokens, tagNamesPerImage);
        return [.. NucleusSampling.Run(Captioner.TextDecoder, context, Tokens.Prompt, options, seed)
            .Select(text => Tokens.DecodeCaption(text))];
    }

    /// <summary>
    /// Where the model saw the tag <paramref name="id"/> in each picture of (B, N, C): weights over the grid of places,
    /// (B, side, side) row-major; the token of the whole picture is left out.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public (float[] Weights, int Side) WhereSeen(Tensor imageTokens, int id)
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var ids = Ids([id], imageTokens.Device);
        var weights = openSet is null ? Model.WhereSeen(imageTokens, ids)
            : Model.OpenSetWhereSeen(imageTokens, openSet.Embeddings.IndexSelect(0, ids)); // (B, 1, N)
        var places = weights.Size(2) - 1;
        var side = (int)Math.Sqrt(places);
        if ((long)side * side != places)
            throw new InvalidOperationException($"{places} places of the picture form no square");
        return (weights.To(ScalarType.Float32).Narrow(2, 1, places).ToArray<float>(), side);
    }

    private ICaptioningModel Captioner => Model.Captioner
        ?? throw new InvalidOperationException($"{Model.GetType().Name} does not caption");

    private Tensor Logits(Tensor imageTokens, Tensor? ids) => openSet is null ? Model.TagLogits(imageTokens, ids)
        : Model.OpenSetLogits(imageTokens, ids is null ? openSet.Embeddings : openSet.Embeddings.IndexSelect(0, ids));

    private Tensor EncodeTags(Tensor imageTokens, IReadOnlyList<IReadOnlyList<string>> tagNamesPerImage)
    {
        ArgumentNullException.ThrowIfNull(tagNamesPerImage);
        if (tagNamesPerImage.Count != imageTokens.Size(0))
        {
            throw new ArgumentException($"{tagNamesPerImage.Count} lists of tags for {imageTokens.Size(0)} pictures",
                nameof(tagNamesPerImage));
        }
        var (ids, mask) = TokenTensors.Pad([.. tagNamesPerImage.Select(Tokens.EncodeTags)], Tokens.PaddingId,
            Captioner.TagTokens, imageTokens.Device);
        return Captioner.EncodeTags(ids, mask, imageTokens); // (B, T, hidden)
    }

    private Tensor Ids(int[] ids, Device device)
    {
        foreach (var id in ids)
        {
            if (id < 0 || id >= Vocabulary.Count)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"the vocabulary has {Vocabulary.Count} tags");
        }
        using var cpu = Tensor.FromData(Array.ConvertAll(ids, id => (long)id), ids.Length);
        return cpu.To(device);
    }

    private void CheckRow(ReadOnlySpan<float> probabilities)
    {
        if (probabilities.Length != Vocabulary.Count)
        {
            throw new ArgumentException($"{probabilities.Length} probabilities for {Vocabulary.Count} tags",
                nameof(probabilities));
        }
    }
}
