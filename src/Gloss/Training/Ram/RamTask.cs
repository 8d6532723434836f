using Gloss.Inference;
using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Losses;
using Gloss.Models.Clip;
using Gloss.Models.Generation;
using Gloss.Models.Ram;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Training.Tag2Text;

namespace Gloss.Training.Ram;

/// <summary>
/// Trains RAM: L = L_lm + L_tag · (L_lm / L_tag) + L_dis with the factor held constant, as the published code.
/// Differences to it: tags are shuffled before they are encoded, the prompt stands before every caption (so that no
/// word of it is masked), and several captions of a picture can share its tokens in one step. Where the teacher has no
/// image encoder, a picture's token is drawn to the mean of its captions' embeddings.
/// </summary>
public sealed class RamTask : TrainingTask
{
    private readonly RamTaskOptions options;
    private readonly RamModel model;
    private readonly TagVocabulary tags;
    private readonly WordPieceTokenizer vocabulary;
    private readonly Tag2TextTokens tokens;
    private readonly TaggedPictures pictures;
    private readonly Teacher teacher;
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    /// <summary>Reads the data, builds the model, loads what it starts from, and computes what can be cached.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values.</param>
    /// <param name="report">Takes messages on slow preparations.</param>
    public RamTask(RamTaskOptions options, ulong seed, Action<string>? report = null)
    {
        this.options = options;
        tags = options.ReadTags();
        vocabulary = WordPieceTokenizer.Load(options.Vocabulary, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
        teacher = Teacher.Open(options.Teacher);
        Engine.Seed(seed);
        var config = options.Model with { Tags = tags.Count, VocabularySize = vocabulary.VocabularySize,
            EmbeddingSize = teacher.Width, HasCaptions = true };
        model = new RamModel(config);
        tokens = new Tag2TextTokens(vocabulary, model);
        using (GradientMode.None())
        using (TensorScope.Begin())
            model.LabelEmbeddings.Value.CopyInPlace(EmbedLabels(report));
        LoadStart();
        pictures = new TaggedPictures(options, model.VisualEncoder, config.ImageEncoder, tags, teacher, report);
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <inheritdoc/>
    public override int ExampleCount => pictures.Train.Count;

    /// <inheritdoc/>
    public override string? BestMetric => "score";

    /// <inheritdoc/>
    public override IEnumerable<ParameterGroup> ParameterGroups(double weightDecay) =>
        EncoderGroups.Of(model, weightDecay, options.EncoderLearningRate);

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        var batch = pictures.Draw(exampleIds, generator);
        foreach (var example in batch.Examples)
        {
            var picture = pictures.Train[example];
            var order = Seeds.Permutation(generator.NextUInt64(), picture.Captions.Count);
            for (var i = 0; i < options.CaptionsPerImage; i++)
            {
                // Pictures with fewer captions repeat them, so that every picture has as many rows.
                var caption = order[i % order.Length];
                var guides = picture.CaptionTags[caption];
                batch.Captions.Add(tokens.EncodeCaption(picture.Captions[caption], options.MaxCaptionTokens));
                batch.Guides.Add(tokens.EncodeTags(
                    Seeds.Permutation(generator.NextUInt64(), guides.Length)
                        .Select(place => tags[guides[place]].Name)));
            }
        }
        return batch;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        var b = (RamBatch)batch;
        using var precision = options.Bf16 ? Precision.BFloat16() : null;
        var imageTokens = model.ProjectTokens(pictures.Encode(b));

        var tagging = pictures.TaggingLoss(b, model.TagLogits(imageTokens));

        var (guides, guideMask) = TokenTensors.Pad(b.Guides, tokens.PaddingId, model.Config.TagTokens);
        var context = model.EncodeTags(guides, guideMask, imageTokens);
        var (ids, mask) = TokenTensors.Pad(b.Captions, tokens.PaddingId);
        var caption = model.TextDecoder.Loss(ids, mask, TokenTensors.Labels(ids, mask, tokens.Prompt.Prompt.Count),
            context, options.LabelSmoothing);

        var distillation = RamModel.DistillationLoss(imageTokens.To(ScalarType.Float32), pictures.TeacherTargets(b));
        return new Dictionary<string, Tensor>
        {
            ["loss"] = caption + BalancedLoss.Scale(tagging, caption) + distillation * options.DistillationWeight,
            ["caption"] = caption,
            ["tagging"] = tagging / (double)b.Targets.Count,
            ["distillation"] = distillation,
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
        var captions = Captions(imageTokens, tagging, cancellationToken);
        var metrics = CaptionMetrics.Compute(captions, pictures.Val.Select(e => e.Captions).ToArray());
        return figures = new Dictionary<string, double>
        {
            ["mAP"] = tagging.MeanAveragePrecision,
            ["threshold"] = tagging.Threshold,
            ["OF1"] = tagging.OF1,
            ["CIDEr-D"] = metrics.CiderD.Corpus,
            ["BLEU-4"] = metrics.Bleu4.Corpus,
            ["score"] = metrics.CiderD.Corpus + tagging.MeanAveragePrecision,
        };
    }

    /// <summary>Writes a model folder that every verb can use.</summary>
    public override void SaveModel(string folder) =>
        TrainedFolder.Save(folder, model, options, tags, vocabulary, options.Generation, figures);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        pictures.Dispose();
        teacher.Dispose();
        base.Dispose(disposing);
    }

    private Tensor EmbedLabels(Action<string>? report) => teacher.MeanOfGroups(options.CacheFolder, "labels",
        [.. tags.Select(tag => options.LabelSentences == LabelSentences.Ensemble
            ? TagSentences.Of(tag.Name) : [tag.Name])], report);

    private List<string> Captions(List<Tensor> imageTokens, TaggingFigures tagging, CancellationToken cancellationToken)
    {
        var captions = new List<string>();
        foreach (var part in imageTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var guides = Enumerable.Range(captions.Count, (int)part.Size(0)).Select(picture => tokens.EncodeTags(
                tags.Where(t => tagging.Scores[picture * tags.Count + t.Id] > tagging.Threshold).Select(t => t.Name)))
                    .ToList();
            var (ids, mask) = TokenTensors.Pad(guides, tokens.PaddingId, model.Config.TagTokens);
            foreach (var (text, _) in BeamSearch.Run(model.TextDecoder, model.EncodeTags(ids, mask, part),
                tokens.Prompt,
                options.Generation with { Beams = options.EvaluateBeams }))
                captions.Add(tokens.DecodeCaption(text));
        }
        return captions;
    }

    private void LoadStart()
    {
        if (options.Start is { } start)
        {
            using var scope = TensorScope.Begin();
            using var file = SafetensorsFile.Open(start);
            model.Load(StoredWeights.ReadAll(file));
            return;
        }
        if (options.ImageWeights is { } image)
            Tag2TextStart.LoadImageEncoder(model.VisualEncoder, image);
        if (options.TextTower is { } tower)
        {
            Tag2TextStart.LoadTextParts([model.TagEncoder, model.TextDecoder.Bert], tower,
                WordPieceTokenizer.Load(options.TextVocabulary!), vocabulary);
        }
    }
}
