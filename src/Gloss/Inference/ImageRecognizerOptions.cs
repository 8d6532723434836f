using Gloss.Images;
using Gloss.Models.Generation;

namespace Gloss.Inference;

/// <summary>What an <see cref="ImageRecognizer"/> gives of each picture, and how.</summary>
public sealed record ImageRecognizerOptions
{
    /// <summary>Whether tags are given.</summary><value>true</value>
    public bool HasTags { get; init; } = true;

    /// <summary>Whether a caption is given.</summary><value>false</value>
    public bool HasCaption { get; init; }

    /// <summary>One threshold for all tags, 0–1; null: each tag's own, else the model's.</summary><value>null</value>
    public float? Threshold { get; init; }

    /// <summary>
    /// The most tags of a picture, at least 1: the most likely, whatever their own thresholds; only those above
    /// <see cref="Threshold"/> where that is given. null: all above their thresholds.
    /// </summary><value>null</value>
    public int? Top { get; init; }

    /// <summary>
    /// Ids of the only tags that are asked for, in proportionally less time; null: all.
    /// </summary>
    /// <value>null</value>
    public IReadOnlyList<int>? OnlyTags { get; init; }

    /// <summary>
    /// In what language tags are named; one without a name in it keeps its English one.
    /// </summary>
    /// <value>English</value>
    public TagLanguage Language { get; init; }

    /// <summary>Tags to speak of in every caption; null: those that the model recognises.</summary><value>null</value>
    public IReadOnlyList<string>? CaptionTags { get; init; }

    /// <summary>
    /// Probability above which a recognised tag guides the caption; null: as the model's config says.
    /// </summary>
    /// <value>null</value>
    public float? GuideThreshold { get; init; }

    /// <summary>How captions are generated; null: as the model's config says.</summary><value>null</value>
    public GenerationOptions? Generation { get; init; }

    /// <summary>
    /// Draws captions instead of searching the best; equal seeds give equal captions. null: beam search.
    /// </summary>
    /// <value>null</value>
    public int? SamplingSeed { get; init; }

    /// <summary>Pictures that go through the model together, 1–1024.</summary><value>8</value>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Threads that decode and as many that compute, 1–256; sets <see cref="Torch.Engine.Threads"/> of the whole
    /// process.
    /// </summary>
    /// <value>the number of processors</value>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>
    /// In what numbers the model computes.
    /// </summary>
    /// <value>the fastest that the processor multiplies at full rate</value>
    public InferencePrecision Precision { get; init; }

    /// <summary>How pictures are decoded.</summary>
    public ImageDecoderOptions Decoder { get; init; } = new();

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">Fields are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Threshold is not null and not (>= 0 and <= 1))
            faults.Add($"Threshold {Threshold}, 0 to 1");
        if (GuideThreshold is not null and not (>= 0 and <= 1))
            faults.Add($"GuideThreshold {GuideThreshold}, 0 to 1");
        if (!Enum.IsDefined(Language))
            faults.Add($"Language {Language}, English or Chinese");
        if (OnlyTags is { Count: 0 })
            faults.Add("OnlyTags is empty, at least one");
        if (Top < 1)
            faults.Add($"Top {Top}, at least 1");
        if (BatchSize is < 1 or > 1024)
            faults.Add($"BatchSize {BatchSize}, 1 to 1024");
        if (Threads is < 1 or > 256)
            faults.Add($"Threads {Threads}, 1 to 256");
        faults.AddRange(Generation?.Faults() ?? []);
        if (faults.Count > 0)
            throw new ArgumentException($"the options of recognition are wrong · {string.Join(" · ", faults)}");
    }
}
