using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Models;
using Gloss.Models.EfficientNet;
using Gloss.Text;
using Gloss.Text.Mining;
using Gloss.Torch;
using Gloss.Training.Tag2Text;
using ImageEncoder = Gloss.Models.ImageEncoder;

namespace Gloss.Training.Ram;

/// <summary>
/// The pictures that a family of taggers learns and is measured on: through its encoder, or from features of the frozen
/// one; with what the teacher makes of each.
/// </summary>
internal sealed class TaggedPictures : IDisposable
{
    private const int EvaluatedAtATime = 50;
    private readonly TaggingTaskOptions options;
    private readonly ImageEncoder encoder;
    private readonly TagVocabulary tags;
    private readonly EncoderFeatures features;
    private readonly FeatureCache? trainFeatures;
    private readonly FeatureCache? valFeatures;
    private readonly int[] firstCaptions;
    private readonly EncoderFeatures? teacherFeatures;
    private readonly FeatureCache? teacherCache;
    private readonly Tensor? captionTargets;

    /// <summary>
    /// Reads the sets and caches what does not change in training. Freezes the encoder where its features are cached.
    /// </summary>
    public TaggedPictures(TaggingTaskOptions options, ImageEncoder encoder, ImageEncoderConfig config,
        TagVocabulary tags, Teacher teacher,
        Action<string>? report)
    {
        this.options = options;
        this.encoder = encoder;
        this.tags = tags;
        var miner = new TagMiner(tags);
        Train =
            [.. options.Data.SelectMany(path => TaggedPicture.Read(path, "train", tags, miner, options.MaxTags > 0))];
        Val = TaggedPicture.Read(options.Validation ?? options.Data[0], "val", tags, miner, options.MaxTags > 0);
        Train = options.MaxImages > 0 ? Train[..Math.Min(options.MaxImages, Train.Count)] : Train;
        Val = options.EvaluateImages > 0 ? Val[..Math.Min(options.EvaluateImages, Val.Count)] : Val;
        if (Train.Count == 0 || Val.Count == 0)
        {
            throw new DatasetException(
                $"{string.Join(", ", options.Data)} · expected captioned pictures to learn and to measure, " +
                $"got {Train.Count} and {Val.Count} · hint: splits train and val, or another set as validation");
        }
        firstCaptions = new int[Train.Count];
        for (var i = 1; i < Train.Count; i++)
            firstCaptions[i] = firstCaptions[i - 1] + Train[i - 1].Captions.Count;

        features = new EncoderFeatures(encoder, options.Preprocessing);
        PictureSource[] paths = [.. Train.Select(e => new PictureSource(e.ImagePath))];
        if (options.CachedViews > 0)
        {
            foreach (var (_, parameter) in encoder.NamedParameters())
                parameter.Freeze();
            trainFeatures = features.Cache(options.CacheFolder, "train", paths, options.CachedViews,
                options.Augmentation, report);
            valFeatures = features.Cache(options.CacheFolder, "val",
                [.. Val.Select(e => new PictureSource(e.ImagePath))], 1, options.Augmentation, report);
        }
        else if (encoder is EfficientNetLite lite)
        {
            lite.FreezeStatistics();
        }

        if (teacher.Images is { } images)
        {
            teacherFeatures = new EncoderFeatures(images.Encoder, images.Preprocessing);
            if (options.CachedViews > 0)
                teacherCache = teacherFeatures.Cache(options.CacheFolder, "teacher", paths, options.CachedViews,
                    options.Augmentation, report);
        }
        CaptionEmbeddings = teacher.EmbedAll(options.CacheFolder, "captions",
            [.. Train.SelectMany(e => e.Captions)], report);
        if (teacherFeatures is null)
            captionTargets = MeanOfCaptions(options.Teacher.CaptionTargetLength);
    }

    /// <summary>What is learned.</summary>
    public List<TaggedPicture> Train { get; }

    /// <summary>What is measured.</summary>
    public List<TaggedPicture> Val { get; }

    /// <summary>The teacher's embeddings of all learned captions, picture by picture.</summary>
    public FeatureCache CaptionEmbeddings { get; }

    /// <summary>Pictures and tags of a batch; captions are left to the family.</summary>
    public RamBatch Draw(ReadOnlySpan<int> exampleIds, SeededGenerator generator)
    {
        var batch = new RamBatch(exampleIds.Length);
        for (var i = 0; i < exampleIds.Length; i++)
        {
            var example = Train[exampleIds[i]];
            batch.Examples[i] = exampleIds[i];
            if (trainFeatures is not null)
                batch.Rows[i] = generator.NextInt32(options.CachedViews) * Train.Count + exampleIds[i];
            else
                batch.Images[i] = features.Augmented(new PictureSource(example.ImagePath),
                    options.Augmentation, generator);
            batch.Targets.Add(example.Tags);
        }
        return batch;
    }

    /// <summary>The row of a caption of a picture in <see cref="CaptionEmbeddings"/>.</summary>
    public int CaptionRow(int example, int caption) => firstCaptions[example] + caption;

    /// <summary>What the encoder makes of a batch, (B, N, width).</summary>
    public Tensor Encode(RamBatch batch) => trainFeatures?.Read(batch.Rows)
        ?? encoder.Forward(features.Pixels(batch.Images));

    /// <summary>What the token of each whole picture is drawn to, (B, C).</summary>
    public Tensor TeacherTargets(RamBatch batch)
    {
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        if (captionTargets is not null)
            return scope.Return(
                captionTargets.IndexSelect(0, Tensor.FromData(Array.ConvertAll(batch.Examples, i => (long)i))));
        if (teacherCache is not null)
            return scope.Return(teacherCache.Read(batch.Rows).Select(1, 0));
        var side = (int)teacherFeatures!.ImageSize;
        var seen = batch.Images.Select(image => ImageResizer.Resize(image, side, side, ResizeFilter.Bicubic)).ToArray();
        return scope.Return(teacherFeatures.Encode(seen).Select(1, 0));
    }

    /// <summary>The tagging loss of a batch's logits, as a sum over pictures and tags.</summary>
    public Tensor TaggingLoss(RamBatch batch, Tensor logits)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(options.TaggingLoss.Compute(logits.To(ScalarType.Float32),
            TokenTensors.Targets(batch.Targets, tags.Count)));
    }

    /// <summary>
    /// The measured pictures through <paramref name="project"/> in parts, (B, N, C) each; they belong to the scope
    /// around.
    /// </summary>
    public List<Tensor> EncodeVal(Func<Tensor, Tensor> project, CancellationToken cancellationToken)
    {
        using var fresh = valFeatures is null
            ? features.Compute([.. Val.Select(e => new PictureSource(e.ImagePath))]) : null;
        using var all = TensorScope.Begin();
        var parts = new List<Tensor>();
        for (var start = 0; start < Val.Count; start += EvaluatedAtATime)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var count = Math.Min(EvaluatedAtATime, Val.Count - start);
            parts.Add(
                all.Return(inner.Return(project(fresh?.Narrow(0, start, count) ?? valFeatures!.Read(start, count)))));
        }
        return parts;
    }

    /// <summary>
    /// Tagging of the measured pictures: mAP, and the one threshold that gives the best F1 over all decisions.
    /// </summary>
    public TaggingFigures Measure(IReadOnlyList<Tensor> imageTokens, Func<Tensor, Tensor> logits,
        CancellationToken cancellationToken)
    {
        var scores = new float[Val.Count * tags.Count];
        var truth = new byte[scores.Length];
        var done = 0;
        foreach (var part in imageTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var count = (int)part.Size(0) * tags.Count;
            logits(part).To(ScalarType.Float32).Sigmoid().CopyTo(scores.AsSpan(done, count));
            done += count;
        }
        for (var i = 0; i < Val.Count; i++)
        {
            foreach (var id in Val[i].Tags)
                truth[i * tags.Count + id] = 1;
        }
        var precision = MultiLabelMetrics.Compute(scores, truth, tags.Count, 0.5f,
            options.MinPositives).MeanAveragePrecisionOfCounted;
        var best = (Threshold: 0.5f, F1: 0.0);
        for (var step = 2; step < 19; step++)
        {
            var decisions = MultiLabelMetrics.Decide(scores, truth, tags.Count, step / 20f, isStrict: true);
            if (decisions.OF1 > best.F1)
                best = (step / 20f, decisions.OF1);
        }
        return new TaggingFigures(scores, precision, best.Threshold, best.F1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        captionTargets?.Dispose();
        CaptionEmbeddings.Dispose();
        teacherCache?.Dispose();
        teacherFeatures?.Dispose();
        trainFeatures?.Dispose();
        valFeatures?.Dispose();
        features.Dispose();
    }

    private Tensor MeanOfCaptions(double length)
    {
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        var rows = Train.Select((example, i) =>
        {
            using var inner = TensorScope.Begin();
            return inner.Return(CaptionEmbeddings.Read(firstCaptions[i], example.Captions.Count).Select(1, 0)
                .Mean([0]));
        }).ToArray();
        return TensorScope.Detach(TensorShape.Stack(0, rows).Normalize() * length);
    }
}
