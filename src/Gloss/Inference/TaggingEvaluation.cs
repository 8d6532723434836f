using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Inference;

/// <summary>
/// Measures tagging on pictures with captions: a picture has a tag where at least one of its captions names it. Tags
/// are given strictly above their threshold.
/// </summary>
public static class TaggingEvaluation
{
    private const int ThresholdSteps = 100;

    /// <summary>Runs a model over pictures and measures its tags.</summary>
    /// <param name="recognizer">Gives the probabilities.</param>
    /// <param name="predictor">The recognizer's model.</param>
    /// <param name="images">Pictures and their captions.</param>
    /// <param name="minPositives">Positives that a tag needs to be counted.</param>
    /// <param name="progress">Told the number of pictures done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static TaggingReport Run(ImageRecognizer recognizer, RecognitionPredictor predictor,
        IReadOnlyList<CaptionedImage> images,
        int minPositives = 10, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(images);
        var known = Score(recognizer, predictor, images, progress, cancellationToken);
        return Measure(predictor.Vocabulary, predictor.Options.Threshold, known.Scores, known.Targets!, minPositives);
    }

    /// <summary>
    /// Probabilities and labels of pictures, which <see cref="Measure(TagVocabulary, float, float[], byte[], int)"/>
    /// measures and <see cref="ThresholdTuning"/> learns from.
    /// </summary>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static ScoreFile Score(ImageRecognizer recognizer, RecognitionPredictor predictor,
        IReadOnlyList<CaptionedImage> images,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(images);
        var tags = predictor.Vocabulary.Count;
        var targets = new byte[images.Count * tags];
        var labels = Mine(predictor, images);
        for (var row = 0; row < labels.Length; row++)
        {
            foreach (var id in labels[row])
                targets[row * tags + id] = 1;
        }

        var scores = new float[targets.Length];
        var done = 0;
        foreach (var batch in recognizer.ReadBatches(images.Select(image => new ImageFile(image.ImagePath)),
            cancellationToken))
        {
            if (batch.Items.FirstOrDefault(item => item.Item.Error is not null) is { Item.Error: { } error })
                throw error;
            using var tokens = recognizer.Encode(batch);
            recognizer.TagProbabilities(tokens).CopyTo(scores, done * tags);
            progress?.Report(done += batch.Images.Count);
        }
        return new ScoreFile(scores, targets);
    }

    /// <summary>The ids of the tags that a picture's captions name, for each picture.</summary>
    internal static int[][] Mine(RecognitionPredictor predictor, IReadOnlyList<CaptionedImage> images)
    {
        var miner = new TagMiner(predictor.Vocabulary);
        return [.. images.AsParallel().AsOrdered()
            .Select(image => image.Captions.SelectMany(miner.MineIds).Distinct().ToArray())];
    }

    /// <inheritdoc cref="Measure(TagVocabulary, float, float[], byte[], int)"/>
    internal static TaggingReport Measure(RecognitionPredictor predictor, float[] scores, byte[] targets,
        int minPositives) =>
        Measure(predictor.Vocabulary, predictor.Options.Threshold, scores, targets, minPositives);

    /// <summary>All figures from probabilities and labels, both (N, K) row-major.</summary>
    /// <param name="vocabulary">The tags, with the thresholds of their own.</param>
    /// <param name="threshold">Of the others.</param>
    /// <param name="scores">Probabilities.</param>
    /// <param name="targets">0 or 1.</param>
    /// <param name="minPositives">Positives that a tag needs to be counted.</param>
    /// <exception cref="DatasetException">No tag has so many.</exception>
    public static TaggingReport Measure(TagVocabulary vocabulary, float threshold, float[] scores, byte[] targets,
        int minPositives)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(targets);
        var tags = vocabulary.Count;
        var pictures = scores.Length / tags;
        var positives = MultiLabelMetrics.PositiveCounts(targets, tags);
        var counted = Enumerable.Range(0, tags).Where(id => positives[id] >= minPositives).ToArray();
        if (counted.Length == 0)
        {
            throw new DatasetException($"no tag has {minPositives} positives among {pictures} pictures · " +
                "hint: more pictures, or fewer positives with --min-positives");
        }
        var (some, truths) = (Columns(scores, tags, counted), Columns(targets, tags, counted));
        var precisions = MultiLabelMetrics.AveragePrecisions(some, truths, counted.Length);
        var own = Enumerable.Range(0, tags).Select(id => vocabulary[id].Threshold ?? threshold).ToArray();
        var given = Enumerable.Range(0, scores.Length).Count(i => scores[i] > own[i % tags]);
        var sweep = Enumerable.Range(1, ThresholdSteps - 1).AsParallel().AsOrdered()
            .Select(step => Decide(some, truths, counted.Length, (float)step / ThresholdSteps)).ToArray();
        return new TaggingReport
        {
            Pictures = pictures, Tags = tags, MinPositives = minPositives, CountedTags = counted.Length,
            MeanAveragePrecision = MultiLabelMetrics.Mean(precisions),
            Decisions = Figures(null, MultiLabelMetrics.Decide(some, truths, counted.Select(id => own[id]).ToArray(),
                isStrict: true)),
            BestOverall = sweep.MaxBy(d => d.OF1)!, BestPerClass = sweep.MaxBy(d => d.CF1)!,
            TagsPerPicture = given / (double)pictures, LabelsPerPicture = positives.Sum() / (double)pictures,
            PerTag =
                [.. counted.Select((id, i) => new TagPrecision(vocabulary[id].Name, positives[id], precisions[i]))],
        };
    }

    private static TaggingDecisions Decide(float[] scores, byte[] targets, int tags, float threshold) =>
        Figures(threshold, MultiLabelMetrics.Decide(scores, targets, tags, threshold, isStrict: true));

    private static TaggingDecisions Figures(float? threshold, MultiLabelDecisions d) =>
        new(threshold, d.CP, d.CR, d.CF1, d.OP, d.OR, d.OF1);

    private static T[] Columns<T>(T[] values, int width, int[] columns)
    {
        var result = new T[values.Length / width * columns.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = values[i / columns.Length * width + columns[i % columns.Length]];
        return result;
    }
}
