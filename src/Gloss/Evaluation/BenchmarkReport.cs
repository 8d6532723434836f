using System.Globalization;
using System.Text;
using Gloss.Torch;

namespace Gloss.Evaluation;

/// <summary>
/// What the official batch evaluation of the Recognize Anything repository measures, by its rules: mAP over all tags,
/// and macro precision and recall (CP, CR) of the tags given at or above their threshold.
/// </summary>
public sealed class BenchmarkReport
{
    private readonly TagBenchmark benchmark;
    private readonly float[] scores;
    private readonly float[] thresholds;

    private BenchmarkReport(TagBenchmark benchmark, float[] scores, float[] thresholds, double[] averagePrecisions,
        MultiLabelDecisions decisions)
    {
        this.benchmark = benchmark;
        this.scores = scores;
        this.thresholds = thresholds;
        AveragePrecisions = averagePrecisions;
        Decisions = decisions;
        MeanAveragePrecision = MultiLabelMetrics.Mean(averagePrecisions);
    }

    /// <summary>Pictures that were measured.</summary>
    public int Pictures => benchmark.Pictures.Count;

    /// <summary>Tags that were measured.</summary>
    public int Tags => benchmark.Tags.Count;

    /// <summary>Mean average precision over all tags, a fraction.</summary>
    public double MeanAveragePrecision { get; }

    /// <summary>Average precision of each tag.</summary>
    public IReadOnlyList<double> AveragePrecisions { get; }

    /// <summary>Precision and recall at the thresholds.</summary>
    public MultiLabelDecisions Decisions { get; }

    /// <summary>Measures probabilities.</summary>
    /// <param name="benchmark">The pictures and their tags.</param>
    /// <param name="scores">(N, K), row-major, in the benchmark's order.</param>
    /// <param name="thresholds">(K): a tag is given at its threshold or above it.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a score is NaN.</exception>
    public static BenchmarkReport Measure(TagBenchmark benchmark, float[] scores, float[] thresholds)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(thresholds);
        if (thresholds.Length != benchmark.Tags.Count)
            throw new ArgumentException($"{thresholds.Length} thresholds for {benchmark.Tags.Count} tags",
                nameof(thresholds));
        var targets = benchmark.Targets();
        return new BenchmarkReport(benchmark, scores, thresholds,
            MultiLabelMetrics.AveragePrecisions(scores, targets, benchmark.Tags.Count,
                AveragePrecisionRule.LastRowFirst),
            MultiLabelMetrics.Decide(scores, targets, thresholds));
    }

    /// <summary>
    /// Writes the official files: <c>pred.txt</c> (the tags given to each picture), <c>pr.txt</c>, <c>ap.txt</c>
    /// (percentages by tag) and <c>summary.txt</c>.
    /// </summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="settings">Stand first in the summary, <c>key: value</c>.</param>
    public void Write(string folder, IEnumerable<KeyValuePair<string, string>>? settings = null)
    {
        Directory.CreateDirectory(folder);
        Text(folder, "pred.txt", PredictionLines());
        Text(folder, "ap.txt", benchmark.Tags.Select((tag, k) => $"{tag},{Percent(AveragePrecisions[k])}")
            .Prepend("Tag,AP"));
        Text(folder, "pr.txt",
            benchmark.Tags.Select((tag, k) =>
            $"{tag},{Percent(Decisions.ClassPrecisions[k])},{Percent(Decisions.ClassRecalls[k])}")
            .Prepend("Tag,Precision,Recall"));
        Text(folder, "summary.txt",
            [.. (settings ?? []).Select(s => $"{s.Key}: {s.Value}"), $"mAP: {Number(MeanAveragePrecision)}",
            $"CP: {Number(Decisions.CP)}", $"CR: {Number(Decisions.CR)}"]);
    }

    /// <summary>The lines of <c>pred.txt</c>: a picture's name, then its tags.</summary>
    public IEnumerable<string> PredictionLines()
    {
        for (var row = 0; row < Pictures; row++)
        {
            var line = new StringBuilder(benchmark.Pictures[row].Name);
            for (var k = 0; k < Tags; k++)
            {
                if (scores[row * Tags + k] >= thresholds[k])
                    line.Append(',').Append(benchmark.Tags[k]);
            }
            yield return line.ToString();
        }
    }

    private static void Text(string folder, string name, IEnumerable<string> lines) =>
        AtomicFile.WriteLines(Path.Combine(folder, name), lines);

    private static string Percent(double value) => (100 * value).ToString("F2", CultureInfo.InvariantCulture);

    private static string Number(double value) => (100 * value).ToString("R", CultureInfo.InvariantCulture);
}
