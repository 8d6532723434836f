using Gloss.Data;
using Gloss.Data.Grounding;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Losses;
using Gloss.Models.EfficientNet;
using Gloss.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Training.Grounding;

/// <summary>
/// Trains Grounding DINO on detection and grounding data (Liu et al., 2024, section 3.5): Hungarian matching, focal, L1
/// and GIoU losses after the selection and after every decoder layer.
/// </summary>
public sealed class GroundingTask : TrainingTask
{
    private const int EvaluateTexts = 32;
    private const int MostRanked = 10;
    private readonly GroundingTaskOptions options;
    private readonly GroundingDinoModel model;
    private readonly WordPieceTokenizer tokenizer;
    private readonly GroundingImage[] train;
    private readonly GroundingDataset validation;
    private readonly GroundingImage[] val;
    private readonly GroundingTexts texts;
    private readonly BackboneMaps? trainMaps;
    private readonly BackboneMaps? valMaps;
    private readonly ImageDecoder decoder = new();
    private readonly List<string> notes = [];
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    /// <summary>Reads the data, builds the model, loads what it starts from, and computes what can be cached.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="seed">Of the weights' initial values.</param>
    /// <param name="report">Takes messages on slow preparations and on what the data lacks.</param>
    public GroundingTask(GroundingTaskOptions options, ulong seed, Action<string>? report = null)
    {
        this.options = options;
        tokenizer = WordPieceTokenizer.Load(options.Vocabulary);
        if (tokenizer.VocabularySize != options.Model.Text.VocabularySize)
            throw new ArgumentException(
                $"{options.Vocabulary} has {tokenizer.VocabularySize} tokens, model.text.vocabularySize says {options.Model.Text.VocabularySize}");
        var sets = options.Data.Select(path => (Path: path, Set: GroundingDataset.Read(path, "train"))).ToList();
        foreach (var (path, set) in sets.Where(s => s.Set.Skips.Count > 0))
        {
            notes.Add($"{Path.GetFileName(path)}: left out or changed: {set.DescribeSkips()}");
            report?.Invoke(notes[^1]);
        }
        train = [.. sets.SelectMany(s => s.Set.Images)
            .Where(i => i.Objects is { Count: > 0 } || i.Captions.Any(c => c.Phrases.Count > 0))];
        validation = GroundingDataset.Read(options.Validation ?? options.Data[0], "val");
        val = [.. validation.Images.Where(i => i.Objects is not null || i.Captions.Any(c => c.Phrases.Count > 0))];
        if (options.EvaluateImages > 0)
            val = val[..Math.Min(options.EvaluateImages, val.Length)];
        if (train.Length == 0 || val.Length == 0)
            throw new DatasetException(
                $"{string.Join(", ", options.Data)} · expected pictures with boxes in the splits train and val, got {train.Length} and {val.Length}");
        var categories = new Dictionary<GroundingImage, IReadOnlyList<string>>(ReferenceEqualityComparer.Instance);
        foreach (var (_, set) in sets)
        {
            var own = set.Categories;
            foreach (var image in set.Images)
                categories[image] = own;
        }
        texts = new GroundingTexts(options, tokenizer, train, image => categories[image]);

        Engine.Seed(seed);
        model = new GroundingDinoModel(options.Model);
        LoadStart();
        if (!options.TrainsText)
            Freeze(model.TextTower);
        if (options.CachedViews == 0)
        {
            (model.Backbone as EfficientNetLiteBackbone)?.FreezeStatistics();
            return;
        }
        Freeze(model.Backbone);
        trainMaps = BackboneMaps.OpenOrBuild(model, options.ImageSize, options.CacheFolder, "train-maps",
            Identity(train, options.CachedViews),
            train.Length * options.CachedViews, row =>
                Seen(train[row % train.Length], ViewOf(row % train.Length, row / train.Length)), report);
        valMaps = BackboneMaps.OpenOrBuild(model, options.ImageSize, options.CacheFolder, "val-maps",
            Identity(val, 1), val.Length,
            row => Seen(val[row], GroundingView.Whole), report);
    }

    /// <inheritdoc/>
    public override Module Model => model;

    /// <inheritdoc/>
    public override int ExampleCount => train.Length;

    /// <inheritdoc/>
    public override string? BestMetric => val[0].Objects is null ? "R@1" : "AP";

    /// <inheritdoc/>
    public override IEnumerable<ParameterGroup> ParameterGroups(double weightDecay)
    {
        var trainable = model.NamedParameters().Where(p => p.Parameter.IsTrainable).ToList();
        foreach (
            var group in trainable.GroupBy(p => (IsTower: p.Name.StartsWith("backbone.", StringComparison.Ordinal)
            || p.Name.StartsWith("bert.", StringComparison.Ordinal),
            Decays: p.Parameter.Value.Rank >= 2)))
        {
            yield return new ParameterGroup
            {
                Parameters = group.ToList(), WeightDecay = group.Key.Decays ? weightDecay : 0,
                LearningRateFactor = group.Key.IsTower ? options.TowerLearningRate : 1,
            };
        }
    }

    /// <inheritdoc/>
    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        var batch = new GroundingBatch();
        foreach (var id in exampleIds)
        {
            GroundingView view;
            if (trainMaps is not null)
            {
                var number = generator.NextInt32(options.CachedViews);
                view = ViewOf(id, number);
                batch.Rows.Add(number * train.Length + id);
            }
            else
            {
                view = GroundingView.Draw(options.MinScale, generator);
                batch.Images.Add(Seen(train[id], view));
            }
            var (text, targets) = texts.Make(train[id], view, generator);
            batch.Texts.Add(text);
            batch.Targets.Add(targets);
        }
        return batch;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        var b = (GroundingBatch)batch;
        using var precision = options.Bf16 ? Precision.BFloat16() : null;
        var image = trainMaps is not null
            ? model.EncodeMaps(trainMaps.Read([.. b.Rows]), options.ImageSize, options.ImageSize)
            : model.EncodeImages(PixelTensors.Normalize(b.Images, options.Preprocessing.Mean,
                options.Preprocessing.Deviation));
        var (ids, mask, segments, positions) = TokenTensors.Pad(b.Texts, tokenizer.PadId);
        var output = model.Forward(image, model.EncodeText(ids, mask, segments, positions));
        GroundingLossParts Of(GroundingPrediction p) =>
            options.Loss.Compute(p.Logits.To(ScalarType.Float32), p.Boxes.To(ScalarType.Float32), mask, b.Targets);
        var last = Of(output.Last);
        var total = last.Total + Of(output.Selected).Total;
        foreach (var layer in output.Layers.Take(output.Layers.Count - 1))
            total = total + Of(layer).Total;
        return new Dictionary<string, Tensor> { ["loss"] = total, ["words"] = last.Words, ["boxes"] = last.Boxes,
            ["overlap"] = last.Overlap };
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        using var inference = GradientMode.Inference();
        if (val[0].Objects is null)
            return figures = EvaluatePhrases(cancellationToken);
        var loaded = new LoadedGrounding(FolderConfig(), model, tokenizer);
        using var grounder = new Grounder(loaded,
            new GrounderOptions { Threshold = 0, Suppression = Suppression.None });
        var result = BoxEvaluation.Detection(grounder, val, validation.Categories,
            cancellationToken: cancellationToken);
        return figures = new Dictionary<string, double> { ["AP"] = result.Ap, ["AP50"] = result.Ap50,
            ["AR100"] = result.ArMax100 };
    }

    /// <summary>Writes a model folder that every verb can use.</summary>
    public override void SaveModel(string folder)
    {
        var card =
            $"# Model card\n\nGrounding DINO, trained by Gloss on {string.Join(", ", options.Data.Select(Path.GetFileName))}.\n\n" +
            "| figure on val | value |\n|---|---|\n"
                + string.Concat(figures.Select(f => FormattableString.Invariant($"| {f.Key} | {f.Value:0.####} |\n")))
            + string.Concat(notes.Select(note => $"\n{note}\n"));
        ModelFolder.SaveGrounding(folder, FolderConfig(), model, tokenizer, card, name =>
            PlacesBoxes(name) && options.SavedPrecision == WeightPrecision.Int8
                ? WeightPrecision.Float16 : options.SavedPrecision);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        trainMaps?.Dispose();
        valMaps?.Dispose();
        base.Dispose(disposing);
    }

    private static bool PlacesBoxes(string name) => name.Contains("bbox_embed", StringComparison.Ordinal)
        || name.Contains("sampling_offsets", StringComparison.Ordinal)
        || name.Contains("ref_point_head", StringComparison.Ordinal);

    private ModelConfig FolderConfig() => new()
    {
        FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.GroundingDinoFamily,
        GroundingDino = model.Config, Preprocessing = options.Preprocessing,
        Grounding = options.Grounding with { ShorterSide = options.ImageSize,
            LongestSide = Math.Max(options.ImageSize, options.ImageSize * 5 / 3) },
        Source = $"trained by Gloss on {string.Join(", ", options.Data.Select(Path.GetFileName))}",
    };

    // Every caption alone, as it is asked in use; several captions of a picture share a batch.
    private Dictionary<string, double> EvaluatePhrases(CancellationToken cancellationToken)
    {
        using var precision = options.Bf16 ? Precision.BFloat16() : null;
        var queries = val.SelectMany((image, row) => image.Captions.Where(c => c.Phrases.Count > 0)
            .Select(caption => (Row: row, Caption: caption))).ToArray();
        var results = new List<PhraseGrounding>();
        foreach (var chunk in queries.Chunk(EvaluateTexts))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            int[] rows = [.. chunk.Select(q => q.Row)];
            var image = valMaps is not null ? model.EncodeMaps(valMaps.Read(rows), options.ImageSize, options.ImageSize)
                : model.EncodeImages(PixelTensors.Normalize([.. rows.Select(r => Seen(val[r], GroundingView.Whole))],
                    options.Preprocessing.Mean, options.Preprocessing.Deviation));
            var asked =
                chunk.Select(q => SubSentenceText.FromCaption(tokenizer, q.Caption.Text, model.Config.MaxTextTokens,
                [.. q.Caption.Phrases.Select(p => (p.Start, p.End))])).ToList();
            var (ids, mask, segments, positions) = TokenTensors.Pad(asked, tokenizer.PadId);
            var output = model.Forward(image, model.EncodeText(ids, mask, segments, positions)).Last;
            var probabilities = output.Logits.To(ScalarType.Float32).Sigmoid().ToArray<float>();
            var boxes = output.Boxes.To(ScalarType.Float32).ToArray<float>();
            var (Q, T) = ((int)output.Logits.Size(1), (int)output.Logits.Size(2));
            for (var i = 0; i < chunk.Length; i++)
            {
                for (var p = 0; p < chunk[i].Caption.Phrases.Count; p++)
                {
                    var (range, phrase) = (asked[i].Phrases[p], chunk[i].Caption.Phrases[p]);
                    float Score(int q) => Enumerable.Range(range.Start, range.Count)
                        .Sum(t => probabilities[(i * Q + q) * T + t]);
                    var ranked = range.Count == 0 ? [] : Enumerable.Range(0, Q).OrderByDescending(Score)
                        .Take(MostRanked);
                    results.Add(new PhraseGrounding(phrase.Types,
                        [.. phrase.Boxes.Select(b => new BoundingBox(b.Left, b.Top, b.Width, b.Height))],
                        [.. ranked.Select(q => Box(boxes.AsSpan((i * Q + q) * 4, 4)))]));
                }
            }
        }
        var (all, byType) = PhraseRecall.Measure(results);
        var figures = new Dictionary<string, double> { ["R@1"] = all.At1, ["R@5"] = all.At5, ["R@10"] = all.At10 };
        foreach (var (type, recall) in byType)
            figures[$"R@1 {type}"] = recall.At1;
        return figures;
    }

    private static BoundingBox Box(ReadOnlySpan<float> box) =>
        new(box[0] - box[2] / 2.0, box[1] - box[3] / 2.0, box[2], box[3]);

    private RgbImage Seen(GroundingImage image, GroundingView view) =>
        view.Apply(decoder.Decode(image.Path), options.ImageSize, options.Preprocessing.Filter);

    private GroundingView ViewOf(int image, int number) => number switch
    {
        0 => GroundingView.Whole,
        1 => GroundingView.Whole with { IsMirrored = true },
        _ => GroundingView.Draw(options.MinScale, new SeededGenerator((ulong)image, (ulong)number)),
    };

    private string Identity(GroundingImage[] images, int views) =>
        $"{views} {(views > 2 ? options.MinScale : 1)} {options.Preprocessing.Filter}\n"
        + string.Join('\n', images.Select(i => i.Path));

    private static void Freeze(Module module)
    {
        foreach (var (_, parameter) in module.NamedParameters())
            parameter.Freeze();
    }

    private void LoadStart()
    {
        using var scope = TensorScope.Begin();
        if (options.Start is { } start)
        {
            using var file = SafetensorsFile.Open(start);
            model.Load(StoredWeights.ReadAll(file));
            return;
        }
        if (options.ImageWeights is { } image)
        {
            using var file = SafetensorsFile.Open(image);
            (model.Backbone as EfficientNetLiteBackbone
                ?? throw new ArgumentException("imageWeights: expected an EfficientNet-Lite backbone"))
                .LoadNetwork(file.ReadAll());
        }
        if (options.TextWeights is { } text)
        {
            using var file = SafetensorsFile.Open(text);
            model.TextTower.Load(file.ReadAll(), mayIgnore: name => name.StartsWith("pooler.", StringComparison.Ordinal)
                || name.EndsWith("position_ids", StringComparison.Ordinal));
        }
    }
}
