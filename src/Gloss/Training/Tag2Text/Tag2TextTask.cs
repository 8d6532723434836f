using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.EfficientNet;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Text.Mining;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// Trains Tag2Text's tagging and captioning together, L = L_lm + L_tag · (L_lm / L_tag) with the factor held constant,
/// as the published code balances them. Differences to it: tags are shuffled before they are encoded (as the paper
/// says), the prompt stands before every caption (so that no word of it is masked), and several captions of a picture
/// can share its tokens in one step.
/// </summary>
public sealed class Tag2TextTask : TrainingTask
{
    private readonly Tag2TextTaskOptions options;
    private readonly Tag2TextModel model;
    private readonly TagVocabulary tags;
    private readonly Tag2TextTokens tokens;
    private readonly List<Tag2TextExample> train = [];
    private readonly List<Tag2TextExample> val;
    private readonly FeatureCache? trainFeatures;
    private readonly FeatureCache? labelledFeatures;
    private readonly int captioned;
    private readonly FeatureCache? valFeatures;
    private readonly EncoderFeatures encoder;
    private readonly WordPieceTokenizer vocabulary;
    private readonly SelfCritic? critic;
    private readonly AlignmentLearner? alignment;
    private readonly EncoderFeatures? momentumEncoder;
    private bool isEvidenceNew;
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    /// <summary>Reads the data, builds the model, loads what it starts from, and computes what can be cached.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values.</param>
    /// <param name="report">Takes messages on slow preparations.</param>
    /// <param name="device">Where it learns.</param>
    public Tag2TextTask(Tag2TextTaskOptions options, ulong seed, Action<string>? report = null, Device device = default)
    {
        this.options = options;
        tags = TagVocabulary.Load(options.Tags);
        vocabulary = WordPieceTokenizer.Load(options.Vocabulary, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
        Engine.Seed(seed);
        var config = options.Model with { Tags = tags.Count, VocabularySize = vocabulary.VocabularySize };
        model = new Tag2TextModel(config);
        tokens = new Tag2TextTokens(vocabulary, config);
        var miner = new TagMiner(tags);
        var labels = LabelNames.Load(options.LabelNames, tags, miner);
        LoadStart(labels);
        model.To(device);

        foreach (var folder in options.Data)
            train.AddRange(Tag2TextData.Read(folder, "train", miner));
        captioned = train.Count;
        foreach (var path in options.Labelled)
            train.AddRange(Tag2TextData.ReadLabelled(path, labels));
        val = Tag2TextData.Read(options.Data[0], "val", miner);
        if (options.EvaluateImages > 0)
            val = val[..Math.Min(options.EvaluateImages, val.Count)];
        if (train.Count == 0 || val.Count == 0)
            throw new DatasetException(
                $"{string.Join(", ", options.Data)} · expected pictures in the splits train and val, got {train.Count} "
                + $"and {val.Count}");

        if (options.FrozenStages is not null && model.VisualEncoder is not EfficientNetLite)
            throw new ArgumentException(
                "frozenStages · only an EfficientNet-Lite learns from one of its stages on · hint: leave it out");
        encoder = new EncoderFeatures(model.VisualEncoder, options.Preprocessing, device, options.FrozenStages);
        if (model.VisualEncoder is EfficientNetLite lite)
            lite.FreezeStatistics();
        if (options.CachedViews > 0)
        {
            foreach (var (name, parameter) in model.VisualEncoder.NamedParameters())
            {
                if (options.FrozenStages is not { } stages || ((EfficientNetLite)model.VisualEncoder)
                    .IsWithin(name, stages))
                    parameter.Freeze();
            }
            FeatureCache Cached(string name, IEnumerable<Tag2TextExample> examples) =>
                encoder.Cache(options.CacheFolder, name,
                examples.Select(e => e.Picture).ToArray(), options.CachedViews, options.Augmentation, report);
            trainFeatures = Cached("train", train.Take(captioned));
            labelledFeatures = train.Count > captioned ? Cached("labelled", train.Skip(captioned)) : null;
            valFeatures = encoder.Cache(options.CacheFolder, "val", val.Select(e => e.Picture).ToArray(), 1,
                options.Augmentation, report);
        }
        Tag2TextParts.Freeze(model, options);
        if (options.Alignment is { } learning)
        {
            alignment = new AlignmentLearner(model, learning);
            var follower = alignment.Momentum(model).VisualEncoder;
            if (follower is EfficientNetLite copy)
                copy.FreezeStatistics();
            momentumEncoder = new EncoderFeatures(follower, options.Preprocessing, device, options.FrozenStages);
        }
        if (options.CiderSamples > 0)
            critic = new SelfCritic(tokens, options.Generation, train.Take(captioned).Select(e => e.Captions));
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <inheritdoc/>
    public override Module? Companion => alignment;

    /// <inheritdoc/>
    public override int ExampleCount => train.Count;

    /// <inheritdoc/>
    public override string? BestMetric => "score";

    /// <inheritdoc/>
    public override bool IsFromStart(string name) => !(isEvidenceNew && Tag2TextParts.IsEvidence(name));

    /// <inheritdoc/>
    public override IEnumerable<ParameterGroup> ParameterGroups(double weightDecay)
    {
        var trainable = model.NamedParameters().Where(p => p.Parameter.IsTrainable).ToList();
        foreach (var group in trainable.GroupBy(p =>
            (Factor: LearningRateFactor(p.Name), Decays: p.Parameter.Value.Rank >= 2 && !Tag2TextParts.IsEvidence(p.Name))))
        {
            yield return new ParameterGroup
            {
                Parameters = group.ToList(),
                WeightDecay = group.Key.Decays ? weightDecay : 0,
                LearningRateFactor = group.Key.Factor,
            };
        }
    }

    private Device Device => model.Labels.Value.Device;

    private double LearningRateFactor(string name) =>
        Tag2TextParts.IsEvidence(name) ? options.TaggingLearningRate * (options.Classifier?.LearningRate ?? 1)
        : Tag2TextParts.IsTagging(name) ? options.TaggingLearningRate
        : name.StartsWith("visual_encoder.", StringComparison.Ordinal) ? options.EncoderLearningRate : 1;

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        // Captioned pictures come first.
        var ids = exampleIds.ToArray().OrderBy(id => id < captioned ? 0 : 1).ToArray();
        var batch = new Tag2TextBatch(ids.Length) { Captioned = ids.Count(id => id < captioned), Examples = ids };
        for (var i = 0; i < ids.Length; i++)
        {
            var example = train[ids[i]];
            if (trainFeatures is not null)
            {
                batch.Rows[i] = generator.NextInt32(options.CachedViews)
                    * (i < batch.Captioned ? captioned : train.Count - captioned)
                    + (i < batch.Captioned ? ids[i] : ids[i] - captioned);
            }
            else
            {
                batch.Images[i] = encoder.Augmented(example.Picture, options.Augmentation, generator);
            }
            batch.Targets.Add(example.Tags);
            if (options.TaggingOnly || i >= batch.Captioned)
                continue;
            if (options.CiderSamples > 0 || alignment is not null)
                batch.DrawnGuides.Add(Tag2TextGuide.Recognised(options, generator, generator.NextUInt64()));
            foreach (var caption in Draw(example.Captions.Count, options.CaptionsPerImage, generator))
            {
                if (alignment is not null && batch.Texts.Count < batch.DrawnGuides.Count)
                    batch.Texts.Add(tokens.EncodeText(example.Captions[caption], model.Config.Alignment!.MaxTokens));
                if (options.AlignmentOnly)
                    break;
                batch.Captions.Add(tokens.EncodeCaption(example.Captions[caption], options.MaxCaptionTokens));
                batch.Guides.Add(Tag2TextGuide.Draw(example.CaptionTags[caption], options, generator));
            }
        }
        return batch;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        var b = (Tag2TextBatch)batch;
        using var precision = options.Bf16 ? Precision.BFloat16(Device) : null;
        var input = trainFeatures is null ? encoder.Pixels(b.Images) : Cached(b);
        var imageTokens = model.ProjectTokens(trainFeatures is null
            ? model.VisualEncoder.Forward(input) : encoder.Tokens(input));

        var targets = TokenTensors.Targets(b.Targets, tags.Count, Device);
        var tagLogits = model.TagLogits(imageTokens);
        var probabilities = Probabilities(tagLogits);
        var tagLoss = options.TaggingLoss.Compute(tagLogits.To(ScalarType.Float32), targets, Weights(b, targets));

        var aligned = alignment is not null && b.Texts.Count > 0
            ? AlignmentLosses(b, input, imageTokens, probabilities) : [];
        if (options.AlignmentOnly)
            return aligned;
        if (b.Captions.Count == 0)
            return new Dictionary<string, Tensor> { ["loss"] = tagLoss / (double)b.Targets.Count };

        var (guides, guideMask) = TokenTensors.Pad(Guides(b.Guides, probabilities, options.CaptionsPerImage),
            tokens.PaddingId, model.Config.TagTokens, Device);
        var context = model.EncodeTags(guides, guideMask, imageTokens.Narrow(0, 0, b.Captioned));
        var (ids, mask) = TokenTensors.Pad(b.Captions, tokens.PaddingId, device: Device);
        var labels = TokenTensors.Labels(ids, mask, tokens.Prompt.Prompt.Count);
        var captionLoss = model.TextDecoder.Loss(ids, mask, labels, context, options.LabelSmoothing);

        var losses = CaptionLosses(b, imageTokens.Narrow(0, 0, b.Captioned), probabilities, captionLoss);
        if (options.CaptioningOnly)
            return losses;

        var balance = captionLoss.ToDouble() / tagLoss.ToDouble();
        losses["loss"] += tagLoss * balance;
        losses["tagging"] = tagLoss / (double)b.Targets.Count;
        if (aligned.TryGetValue("loss", out var alignmentLoss))
            losses["loss"] += alignmentLoss;
        foreach (var (name, loss) in aligned.Where(l => l.Key != "loss"))
            losses[name] = loss;
        return losses;
    }

    // Contrast and matching of the captioned pictures and one caption of each.
    private Dictionary<string, Tensor> AlignmentLosses(Tag2TextBatch batch, Tensor input, Tensor imageTokens,
        float[] probabilities)
    {
        var learning = options.Alignment!;
        var own = imageTokens.Narrow(0, 0, batch.Captioned);
        var pictures = batch.Examples.AsSpan(0, batch.Captioned).ToArray();
        alignment!.Follow(model);
        Tensor followed;
        using (GradientMode.None())
        {
            var follower = alignment.Momentum(model);
            var captioned = input.Narrow(0, 0, batch.Captioned);
            followed = !model.VisualEncoder.NamedParameters().Any(p => p.Parameter.IsTrainable) && options.AlignmentOnly
                ? own.Detach()
                : follower.ProjectTokens(trainFeatures is null
                    ? follower.VisualEncoder.Forward(captioned) : momentumEncoder!.Tokens(captioned));
        }
        var texts = TokenTensors.Pad(batch.Texts, tokens.PaddingId, device: Device);
        var (contrast, similarities) = alignment.Contrast(model, own, followed, texts, pictures);
        var losses = new Dictionary<string, Tensor> { ["loss"] = contrast * learning.ContrastWeight,
            ["contrast"] = contrast };
        if (learning.MatchWeight > 0)
        {
            var guides = learning.HasTagGuidance ? Guides(batch.DrawnGuides, probabilities, captionsPerImage: 1)
                : [.. batch.DrawnGuides.Select(_ => tokens.EncodeTags([]))];
            var (guideIds, guideMask) = TokenTensors.Pad(guides, tokens.PaddingId, model.Config.TagTokens, Device);
            var context = model.EncodeTags(guideIds, guideMask, own);
            var matched = TokenTensors.Pad([.. batch.Texts.Select(tokens.AsEncoded)], tokens.PaddingId, device: Device);
            losses["match"] = AlignmentLearner.Match(model, matched, context, similarities, pictures);
            losses["loss"] += losses["match"] * learning.MatchWeight;
        }
        return losses;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        using var features = valFeatures is null ? encoder.Compute(val.Select(e => e.Picture).ToArray()) : null;
        using var inference = GradientMode.Inference();
        using var precision = options.Bf16 ? Precision.BFloat16(Device) : null;
        var scores = new float[val.Count * tags.Count];
        var truth = new byte[scores.Length];
        const int batchSize = 50;
        var imageTokens = new List<Tensor>();
        using var scope = TensorScope.Begin();
        for (var start = 0; start < val.Count; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var count = Math.Min(batchSize, val.Count - start);
            var encoded = features?.Narrow(0, start, count)
                ?? encoder.Tokens(valFeatures!.Read(start, count).To(Device));
            var projected = inner.Return(model.ProjectTokens(encoded));
            imageTokens.Add(projected);
            model.TagLogits(projected).To(ScalarType.Float32).Sigmoid()
                .CopyTo(scores.AsSpan(start * tags.Count, count * tags.Count));
        }
        var found = alignment is null ? [] : Retrieval(imageTokens, cancellationToken);
        if (options.AlignmentOnly)
            return figures = found;
        for (var i = 0; i < val.Count; i++)
        {
            foreach (var id in val[i].Tags)
                truth[i * tags.Count + id] = 1;
        }
        var result = MultiLabelMetrics.Compute(scores, truth, tags.Count, 0.5f, minPositives: 10);
        var (threshold, f1) = BestThreshold(scores, truth);
        var captions = Captions(imageTokens, scores, threshold, cancellationToken);
        var metrics = CaptionMetrics.Compute(captions, val.Select(e => e.Captions).ToArray());
        return figures = new Dictionary<string, double>(found)
        {
            ["mAP"] = result.MeanAveragePrecisionOfCounted,
            ["threshold"] = threshold,
            ["OF1"] = f1,
            ["CIDEr-D"] = metrics.CiderD.Corpus,
            ["BLEU-4"] = metrics.Bleu4.Corpus,
            ["score"] = metrics.CiderD.Corpus + result.MeanAveragePrecisionOfCounted + found.GetValueOrDefault("score"),
        };
    }

    // Recalls of all captions and pictures by their embeddings.
    private Dictionary<string, double> Retrieval(List<Tensor> imageTokens, CancellationToken cancellationToken)
    {
        var branch = model.Alignment!;
        using var scope = TensorScope.Begin();
        var images = TensorShape.Concatenate(0, [.. imageTokens.Select(branch.EmbedImages)]); // (I, W)
        var texts = new List<Tensor>();
        foreach (var part in val.SelectMany(e => e.Captions).Chunk(100))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (ids, mask) = TokenTensors.Pad([.. part.Select(text => tokens.EncodeText(text, branch.MaxTokens))],
                tokens.PaddingId, device: Device);
            texts.Add(branch.EmbedTexts(ids, mask));
        }
        var similarities = images.MatMul(TensorShape.Concatenate(0, [.. texts]).Transpose(0, 1)).To(ScalarType.Float32)
            .To(Device.Cpu);
        var result = RetrievalMetrics.Compute(similarities.ToArray<float>(),
            [.. val.SelectMany((e, i) => e.Captions.Select(_ => i))]);
        return new()
        {
            ["textToImage R@1"] = result.TextToImage.R1, ["textToImage R@10"] = result.TextToImage.R10,
            ["imageToText R@1"] = result.ImageToText.R1, ["imageToText R@10"] = result.ImageToText.R10,
            ["score"] = result.Mean,
        };
    }

    /// <summary>Writes a model folder that every verb can use.</summary>
    public override void SaveModel(string folder)
    {
        var threshold = (float)figures.GetValueOrDefault("threshold", 0.5);
        var config = new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.Tag2TextFamily, Tag2Text = model.Config,
            Preprocessing = options.Preprocessing, Threshold = threshold, Generation = options.Generation,
            EncoderRanges = options.SavedPrecision == WeightPrecision.Int8 ? MeasuredRanges() : null,
            Source = $"trained by Gloss on {string.Join(", ", options.Data.Select(Path.GetFileName))}",
        };
        var card = ModelCard.Write(options, train.Count, figures);
        ModelFolder.Save(folder, config, model, vocabulary, tags, card, options.SavedPrecision);
    }

    private IReadOnlyDictionary<string, ValueRange>? MeasuredRanges()
    {
        const int Pictures = 128;
        var spread = train.Where((_, i) => i % Math.Max(1, captioned / Pictures) == 0).Take(Pictures);
        return PictureEncoder.MeasureRanges(model, options.Preprocessing,
            [.. spread.Select(e => encoder.Whole(e.Picture))])?.Nodes;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        trainFeatures?.Dispose();
        labelledFeatures?.Dispose();
        valFeatures?.Dispose();
        encoder.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Cached(Tag2TextBatch batch)
    {
        var parts = new List<Tensor>();
        if (batch.Captioned > 0)
            parts.Add(trainFeatures!.Read(batch.Rows.AsSpan(0, batch.Captioned)));
        if (batch.Captioned < batch.Rows.Length)
            parts.Add(labelledFeatures!.Read(batch.Rows.AsSpan(batch.Captioned)));
        return (parts.Count == 1 ? parts[0] : TensorShape.Concatenate(0, [.. parts])).To(Device);
    }

    // How much each tag of each picture counts, (B, K); null: all alike.
    private Tensor? Weights(Tag2TextBatch batch, Tensor targets)
    {
        var labelled = batch.Targets.Count - batch.Captioned;
        if (labelled == 0)
            return null;
        var weights = Tensors.Ones(targets.Shape, device: Device);
        weights.Narrow(0, batch.Captioned, labelled).CopyInPlace(
            targets.Narrow(0, batch.Captioned, labelled) * (1 - options.UnlabelledWeight) + options.UnlabelledWeight);
        return weights;
    }

    // The captions' losses alone: the tagging parts are frozen, or learn nothing here.
    private Dictionary<string, Tensor> CaptionLosses(Tag2TextBatch batch, Tensor imageTokens, float[] probabilities,
        Tensor captionLoss)
    {
        if (options.CiderSamples == 0)
            return new() { ["loss"] = captionLoss, ["caption"] = captionLoss };
        var guides = Guides(batch.DrawnGuides, probabilities, captionsPerImage: 1);
        var captions = batch.Examples.AsSpan(0, batch.Captioned).ToArray();
        var (drawn, reward) = critic!.Loss(model, imageTokens, guides, captions, options.CiderSamples,
            batch.DrawnGuides[0].Seed);
        return new()
        {
            ["loss"] = captionLoss + drawn * options.CiderWeight, ["caption"] = captionLoss, ["selfCritical"] = drawn,
            ["reward"] = Tensor.FromData([(float)reward]),
        };
    }

    private static float[] Probabilities(Tensor tagLogits)
    {
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        return tagLogits.Detach().To(ScalarType.Float32).Sigmoid().ToArray<float>();
    }

    // Token ids of the tags that guide each caption.
    private int[][] Guides(List<Tag2TextGuide> guides, float[] probabilities, int captionsPerImage) =>
        [.. guides.Select((guide, i) => tokens.EncodeTags(
            guide.Choose(probabilities.AsSpan(i / captionsPerImage * tags.Count, tags.Count))
                .Select(id => tags[id].Name)))];

    private List<string> Captions(List<Tensor> imageTokens, float[] scores, float threshold,
        CancellationToken cancellationToken)
    {
        var captions = new List<string>();
        foreach (var part in imageTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var guides = Enumerable.Range(captions.Count, (int)part.Size(0)).Select(picture => tokens.EncodeTags(
                tags.Where(t => scores[picture * tags.Count + t.Id] > threshold).Select(t => t.Name))).ToList();
            var (ids, mask) = TokenTensors.Pad(guides, tokens.PaddingId, model.Config.TagTokens, Device);
            var generation = options.Generation with { Beams = options.EvaluateBeams };
            foreach (var (text, _) in BeamSearch.Run(model.TextDecoder, model.EncodeTags(ids, mask, part),
                tokens.Prompt, generation))
                captions.Add(tokens.DecodeCaption(text));
        }
        return captions;
    }

    // The threshold for all tags that gives the highest F1 over all decisions.
    private (float Threshold, double F1) BestThreshold(float[] scores, byte[] truth)
    {
        var best = (Threshold: 0.5f, F1: 0.0);
        for (var threshold = 0.2f; threshold < 0.9f; threshold += 0.05f)
        {
            var decisions = MultiLabelMetrics.Decide(scores, truth, tags.Count, threshold, isStrict: true);
            if (decisions.OF1 > best.F1)
                best = (threshold, decisions.OF1);
        }
        return best;
    }

    private void LoadStart(LabelNames labels)
    {
        if (options.Start is { } start)
            Tag2TextStart.Load(model, start, options.StartTags is { } known ? (TagVocabulary.Load(known), tags) : null);
        if (options.ImageWeights is { } image)
            Tag2TextStart.LoadImageEncoder(model, image);
        if (options.TextTower is { } tower)
            Tag2TextStart.LoadTextTower(model, tower, options.TextVocabulary, vocabulary, tags);
        if (options.Alignment is { TextTower: { } folder } learning)
            Tag2TextStart.LoadTextParts([model.Alignment!.TextEncoder], folder,
                WordPieceTokenizer.Load(learning.TextVocabulary!), vocabulary);
        if (model.ClassEvidence is { } evidence)
        {
            isEvidenceNew = !(options.Start is { } known && Tag2TextStart.HasEvidence(known));
            if (isEvidenceNew && options.Classifier is { } classifier)
                ClassEvidenceStart.Load(evidence, classifier, labels, tags);
            foreach (var (_, parameter) in evidence.Classes.NamedParameters())
                parameter.Freeze();
        }
    }

    private static int[] Draw(int count, int wanted, SeededGenerator generator)
    {
        var order = generator.Shuffle(Enumerable.Range(0, count).ToArray());
        // Pictures with fewer captions repeat them, so that every picture has as many rows.
        return Enumerable.Range(0, wanted).Select(i => order[i % count]).ToArray();
    }
}
