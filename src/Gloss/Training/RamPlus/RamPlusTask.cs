using Gloss.Inference;
using Gloss.Images;
using Gloss.Losses;
using Gloss.Models.Clip;
using Gloss.Models.Generation;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Training.Ram;
using Gloss.Training.Tag2Text;

namespace Gloss.Training.RamPlus;

/// <summary>
/// Trains RAM++: L = L_tag + L_dis + L_align as the published code, where every picture of a batch asks with the
/// captions of all of them. Where the teacher has no image encoder, a picture's token is drawn to the mean of its
/// captions' embeddings.
/// </summary>
public sealed class RamPlusTask : TrainingTask
{
    private readonly RamPlusTaskOptions options;
    private readonly RamPlusModel model;
    private readonly TagVocabulary tags;
    private readonly TaggedPictures pictures;
    private readonly Teacher teacher;
    private readonly Tensor? retrievalTexts;
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    /// <summary>Reads the data, builds the model, loads what it starts from, and computes what can be cached.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values.</param>
    /// <param name="report">Takes messages on slow preparations.</param>
    public RamPlusTask(RamPlusTaskOptions options, ulong seed, Action<string>? report = null)
    {
        this.options = options;
        tags = options.ReadTags();
        var descriptions = options.Descriptions is { } path
            ? TagDescriptions.Load(path).Of(tags)
            : [.. tags.Select(tag => TagSentences.Of(tag.Name))];
        teacher = Teacher.Open(options.Teacher);
        Engine.Seed(seed);
        var config = options.Model with { Tags = tags.Count, TextsPerTag = descriptions[0].Count,
            EmbeddingSize = teacher.Width };
        model = new RamPlusModel(config);
        using (GradientMode.None())
        using (TensorScope.Begin())
        using (var texts = teacher.EmbedAll(options.CacheFolder, "descriptions",
            [.. descriptions.SelectMany(d => d)], report))
            model.Descriptions.Value.CopyInPlace(texts.Read(0, texts.Count).Squeeze(1));
        LoadStart();
        pictures = new TaggedPictures(options, model.VisualEncoder, config.ImageEncoder, tags, teacher, report);
        var retrieved = pictures.Val.Take(options.RetrievalImages).Select(e => e.Captions[0]).ToArray();
        retrievalTexts = retrieved.Length == 0 ? null : TensorScope.Detach(teacher.Embed(retrieved));
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <inheritdoc/>
    public override int ExampleCount => pictures.Train.Count;

    /// <inheritdoc/>
    public override string? BestMetric => "mAP";

    /// <inheritdoc/>
    public override IEnumerable<ParameterGroup> ParameterGroups(double weightDecay) =>
        EncoderGroups.Of(model, weightDecay, options.EncoderLearningRate);

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        var batch = pictures.Draw(exampleIds, generator);
        foreach (var example in batch.Examples)
            batch.CaptionRows.Add(
                pictures.CaptionRow(example, generator.NextInt32(pictures.Train[example].Captions.Count)));
        return batch;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        var b = (RamBatch)batch;
        using var precision = options.Bf16 ? Precision.BFloat16() : null;
        var imageTokens = model.ProjectTokens(pictures.Encode(b));

        var tagging = pictures.TaggingLoss(b, model.TagLogits(imageTokens));
        var distillation = RamModel.DistillationLoss(imageTokens.To(ScalarType.Float32), pictures.TeacherTargets(b));
        var captions = pictures.CaptionEmbeddings.Read([.. b.CaptionRows]).Squeeze(1); // (B, C)
        var alignment = AlignmentLoss.Compute(model.TextLogits(imageTokens, captions).To(ScalarType.Float32));
        return new Dictionary<string, Tensor>
        {
            ["loss"] = tagging + distillation * options.DistillationWeight + alignment * options.AlignmentWeight,
            ["tagging"] = tagging / (double)b.Targets.Count,
            ["distillation"] = distillation,
            ["alignment"] = alignment / (double)b.Targets.Count,
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        using var inference = GradientMode.Inference();
        using var precision = options.Bf16 ? Precision.BFloat16() : null;
        using var scope = TensorScope.Begin();
        var imageTokens = pictures.EncodeVal(model.ProjectTokens, cancellationToken);
        var tagging = pictures.Measure(imageTokens, part => model.TagLogits(part), cancellationToken);
        var result = new Dictionary<string, double>
        {
            ["mAP"] = tagging.MeanAveragePrecision,
            ["threshold"] = tagging.Threshold,
            ["OF1"] = tagging.OF1,
        };
        if (retrievalTexts is not null)
            result["caption R@5"] = RecallAtFive(imageTokens, cancellationToken);
        return figures = result;
    }

    /// <summary>Writes a model folder that every verb can use.</summary>
    public override void SaveModel(string folder) =>
        TrainedFolder.Save(folder, model, options, tags, vocabulary: null, new GenerationOptions(), figures);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        retrievalTexts?.Dispose();
        pictures.Dispose();
        teacher.Dispose();
        base.Dispose(disposing);
    }

    // How often a picture's own caption is among the five that the recognition decoder finds fittest of all measured.
    private double RecallAtFive(List<Tensor> imageTokens, CancellationToken cancellationToken)
    {
        var texts = (int)retrievalTexts!.Size(0);
        var (hits, row) = (0, 0);
        foreach (var part in imageTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var count = (int)Math.Min(part.Size(0), texts - row);
            if (count <= 0)
                break;
            var logits = model.TextLogits(part.Narrow(0, 0, count), retrievalTexts).To(ScalarType.Float32)
                .ToArray<float>();
            for (var i = 0; i < count; i++, row++)
            {
                var scores = logits.AsSpan(i * texts, texts);
                var better = 0;
                foreach (var score in scores)
                    better += score > scores[row] ? 1 : 0;
                hits += better < 5 ? 1 : 0;
            }
        }
        return hits / (double)texts;
    }

    private void LoadStart()
    {
        if (options.Start is { } start)
        {
            using var scope = TensorScope.Begin();
            using var file = SafetensorsFile.Open(start);
            model.Load(StoredWeights.ReadAll(file));
        }
        else if (options.ImageWeights is { } image)
        {
            Tag2TextStart.LoadImageEncoder(model.VisualEncoder, image);
        }
    }
}
