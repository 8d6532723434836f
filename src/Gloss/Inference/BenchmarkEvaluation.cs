using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Text;

namespace Gloss.Inference;

/// <summary>Asks a model for the tags of a <see cref="TagBenchmark"/>, as the official batch evaluation does.</summary>
public static class BenchmarkEvaluation
{
    private const int BlackSide = 10;

    /// <summary>
    /// The model's ids of the benchmark's tags: by id where its list has ids, else the first tag of that very name. -1
    /// where the model does not know the tag.
    /// </summary>
    public static int[] FindTags(TagBenchmark benchmark, TagVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (benchmark.AreIds)
            return [.. benchmark.Tags.Select(tag => int.TryParse(tag, out var id) && id >= 0 && id < vocabulary.Count
                ? id : -1)];
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var tag in vocabulary)
            byName.TryAdd(tag.Name, tag.Id);
        return [.. benchmark.Tags.Select(tag => byName.GetValueOrDefault(tag, -1))];
    }

    /// <summary>
    /// Probabilities (N, K) of the benchmark's tags. A picture that cannot be read counts as a black one, as in the
    /// official code, and is told.
    /// </summary>
    /// <param name="recognizer">A recognizer that is asked for no more than the tags in question.</param>
    /// <param name="benchmark">The pictures.</param>
    /// <param name="ids">For each of the benchmark's tags its id in what the recognizer gives.</param>
    /// <param name="unreadable">Told of each picture that cannot be read.</param>
    /// <param name="progress">Told the number of pictures done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static float[] Score(ImageRecognizer recognizer, TagBenchmark benchmark, IReadOnlyList<int> ids,
        Action<ImageException>? unreadable = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(benchmark);
        ArgumentNullException.ThrowIfNull(ids);
        var scores = new float[benchmark.Pictures.Count * ids.Count];
        float[]? black = null;
        var row = 0;
        foreach (var batch in recognizer.ReadBatches(benchmark.Pictures.Select(p => new ImageFile(benchmark.PathOf(p))),
            cancellationToken))
        {
            var all = batch.Images.Count == 0 ? [] : Probabilities(recognizer, batch.Images);
            var width = batch.Images.Count == 0 ? 0 : all.Length / batch.Images.Count;
            var readable = 0;
            foreach (var (item, _) in batch.Items)
            {
                ReadOnlySpan<float> source;
                if (item.Error is { } error)
                {
                    unreadable?.Invoke(error);
                    source = black ??= Probabilities(recognizer, [recognizer.Fit(new RgbImage(BlackSide, BlackSide))]);
                }
                else
                {
                    source = all.AsSpan(readable++ * width, width);
                }
                for (var k = 0; k < ids.Count; k++)
                    scores[row * ids.Count + k] = source[ids[k]];
                row++;
            }
            progress?.Report(row);
        }
        return scores;
    }

    private static float[] Probabilities(ImageRecognizer recognizer, IReadOnlyList<RgbImage> images)
    {
        using var tokens = recognizer.Encode(images);
        return recognizer.TagProbabilities(tokens);
    }
}
