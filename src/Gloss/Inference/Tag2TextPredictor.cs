using Gloss.Data;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// What a Tag2Text model says of image tokens: probabilities, tags, captions guided by tags, and where it saw a tag.
/// Borrows the model, changes nothing in it and records no gradients; the model is in evaluation mode
/// (<see cref="Module.Train"/>) or its dropout acts. Not for several threads at once.
/// </summary>
public sealed class Tag2TextPredictor
{
    // On a processor the queries of a few pictures at a time take no longer, and a fraction of the memory.
    private const int QueriesAtATime = 4096;

    private readonly HashSet<int> excluded;

    /// <summary>A predictor over a model with its tokens and tags.</summary>
    /// <exception cref="ArgumentException">The vocabulary has not the model's number of tags, or an option is out of range.</exception>
    public Tag2TextPredictor(Tag2TextModel model, Tag2TextTokens tokens, TagVocabulary vocabulary,
        Tag2TextPredictorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Count != model.Config.Tags)
        {
            throw new ArgumentException($"the vocabulary has {vocabulary.Count} tags, the model {model.Config.Tags} · " +
                "hint: is this the tags.jsonl that belongs to the model?", nameof(vocabulary));
        }
        Options = options ?? new Tag2TextPredictorOptions();
        Options.Validate(vocabulary);
        (Model, Tokens, Vocabulary) = (model, tokens, vocabulary);
        excluded = [.. Options.ExcludedTags];
    }

    /// <summary>The model; it stays its owner's.</summary>
    public Tag2TextModel Model { get; }

    /// <summary>How texts become token ids.</summary>
    public Tag2TextTokens Tokens { get; }

    /// <summary>The tags, in the order of the model's classes.</summary>
    public TagVocabulary Vocabulary { get; }

    /// <summary>Thresholds and excluded tags.</summary>
    public Tag2TextPredictorOptions Options { get; }

    /// <summary>
    /// Image tokens (B, N, <see cref="Tag2TextModel.TokenWidth"/>) to probabilities (B, K), row-major;
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
        var step = imageTokens.Device.Type == DeviceType.Cpu ? Math.Max(1, QueriesAtATime / Math.Max(1, tags)) : pictures;
        for (var first = 0; first < pictures; first += step)
        {
            using var part = TensorScope.Begin();
            var count = Math.Min(step, pictures - first);
            var logits = Model.TagLogits(imageTokens.Narrow(0, first, count), chosen);
            logits.To(ScalarType.Float32).Sigmoid().CopyTo(probabilities.AsSpan(first * tags, count * tags));
        }
        return probabilities;
    }

    /// <summary>
    /// The tags of one picture whose probability is above (not at) their threshold, in the order of the vocabulary.
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
            if (probabilities[id] > (threshold ?? tag.Threshold ?? Options.Threshold))
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
        return [.. BeamSearch.Run(Model.TextDecoder, context, Tokens.Prompt, options)
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
        return [.. NucleusSampling.Run(Model.TextDecoder, context, Tokens.Prompt, options, seed)
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
        var weights = Model.WhereSeen(imageTokens, Ids([id], imageTokens.Device)); // (B, 1, N)
        var places = weights.Size(2) - 1;
        var side = (int)Math.Sqrt(places);
        if ((long)side * side != places)
            throw new InvalidOperationException($"{places} places of the picture form no square");
        return (weights.To(ScalarType.Float32).Narrow(2, 1, places).ToArray<float>(), side);
    }

    private Tensor EncodeTags(Tensor imageTokens, IReadOnlyList<IReadOnlyList<string>> tagNamesPerImage)
    {
        ArgumentNullException.ThrowIfNull(tagNamesPerImage);
        if (tagNamesPerImage.Count != imageTokens.Size(0))
        {
            throw new ArgumentException($"{tagNamesPerImage.Count} lists of tags for {imageTokens.Size(0)} pictures",
                nameof(tagNamesPerImage));
        }
        var (ids, mask) = TokenTensors.Pad([.. tagNamesPerImage.Select(Tokens.EncodeTags)], Tokens.PaddingId,
            Model.Config.TagTokens, imageTokens.Device);
        return Model.EncodeTags(ids, mask, imageTokens); // (B, T, hidden)
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
