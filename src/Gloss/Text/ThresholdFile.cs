using System.Globalization;
using Gloss.Torch;

namespace Gloss.Text;

/// <summary>
/// Thresholds of tags as the Recognize Anything repository keeps them: one number a line, in the order of the tags.
/// </summary>
public static class ThresholdFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">Lines that it must have.</param>
    /// <exception cref="VocabularyException">A line is no number from 0 to 1, or there are not as many as
    /// tags.</exception>
    public static float[] Read(string path, int count)
    {
        var lines = File.ReadAllLines(path);
        while (lines.Length > 0 && string.IsNullOrWhiteSpace(lines[^1]))
            lines = lines[..^1];
        var thresholds = new float[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            if (!float.TryParse(lines[i], NumberStyles.Float, CultureInfo.InvariantCulture, out thresholds[i])
                || !(thresholds[i] is >= 0 and <= 1))
                throw new VocabularyException(
                    $"cannot read thresholds: {path}:{i + 1} · expected a number from 0 to 1, got '{lines[i]}'");
        }
        return thresholds.Length == count
            ? thresholds
            : throw new VocabularyException(
                $"cannot read thresholds: {path} has {thresholds.Length} lines, there are {count} tags · expected one "
                + $"a tag");
    }

    /// <summary>Writes a file atomically.</summary>
    public static void Write(string path, IReadOnlyList<float> thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        AtomicFile.WriteLines(path, thresholds.Select(threshold => threshold.ToString(CultureInfo.InvariantCulture)));
    }
}
