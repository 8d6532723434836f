using Gloss.Text;

namespace Gloss.Inference;

/// <summary>Which tags a model gives, and which of them guide its captions.</summary>
public sealed record RecognitionPredictorOptions
{
    /// <summary>
    /// Probability above which a tag is given that has no threshold of its own, 0–1.
    /// </summary>
    /// <value>0.68</value>
    public float Threshold { get; init; } = 0.68f;

    /// <summary>
    /// Probability above which a tag guides the caption, for all tags, 0–1; null: the thresholds by which tags are
    /// given.
    /// </summary><value>null</value>
    public float? GuideThreshold { get; init; }

    /// <summary>Ids of tags that never guide a caption.</summary><value>none</value>
    public IReadOnlyList<int> ExcludedTags { get; init; } = [];

    /// <summary>
    /// Ids of tags that are never given, and guide no caption, whatever their probability.
    /// </summary>
    /// <value>none</value>
    public IReadOnlyList<int> DeletedTags { get; init; } = [];

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">Fields are out of range; the message lists all of them.</exception>
    public void Validate(TagVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        var faults = new List<string>();
        if (!(Threshold is >= 0 and <= 1))
            faults.Add($"Threshold {Threshold}, 0 to 1");
        if (GuideThreshold is not null and not (>= 0 and <= 1))
            faults.Add($"GuideThreshold {GuideThreshold}, 0 to 1");
        foreach (var (name, ids) in new[] { (nameof(ExcludedTags), ExcludedTags), (nameof(DeletedTags), DeletedTags) })
        {
            faults.AddRange(ids.Where(id => id < 0 || id >= vocabulary.Count)
                .Select(id => $"{name} has {id}, 0 to {vocabulary.Count - 1}"));
        }
        if (faults.Count > 0)
            throw new ArgumentException($"the prediction options are wrong · {string.Join(" · ", faults)}");
    }
}
