using Gloss.Images;
using Gloss.Inference;
using Gloss.Losses;
using Gloss.Text;

namespace Gloss.Training.Ram;

/// <summary>
/// Settings that <see cref="RamTask"/> and RamPlusTask have in common. Paths are relative to the working folder.
/// </summary>
public abstract record TaggingTaskOptions
{
    /// <summary>The tag vocabulary, tags.jsonl.</summary>
    public required string Tags { get; init; }

    /// <summary>How many of the tags are learned, from the first; 0: all.</summary><value>0</value>
    public int MaxTags { get; init; }

    /// <summary>
    /// Data sets that are learned, in any form that Gloss reads: of those that name splits the split <c>train</c>. Tags
    /// are the ids of <c>union_label_id</c> where a set has them, else what its captions and labels name.
    /// </summary>
    public required string[] Data { get; init; }

    /// <summary>
    /// The data set that measures: its split <c>val</c> where it names splits; null: the first of <see cref="Data"/>.
    /// </summary>
    /// <value>null</value>
    public string? Validation { get; init; }

    /// <summary>The most pictures that are learned, from the first; 0: all.</summary><value>0</value>
    public int MaxImages { get; init; }

    /// <summary>Who embeds labels, descriptions and captions.</summary>
    public required TeacherOptions Teacher { get; init; }

    /// <summary>Weights of a model of the same config to start from.</summary><value>null</value>
    public string? Start { get; init; }

    /// <summary>Weights of the image encoder alone to start from.</summary><value>null</value>
    public string? ImageWeights { get; init; }

    /// <summary>
    /// Views of each picture whose features are computed once by the frozen encoder: the first is the whole picture,
    /// the second its mirror image, the others are drawn. 0: pictures are decoded and augmented anew at each step, and
    /// the encoder learns too.
    /// </summary><value>0</value>
    public int CachedViews { get; init; }

    /// <summary>Where features and embeddings are cached.</summary><value>.cache</value>
    public string CacheFolder { get; init; } = ".cache";

    /// <summary>Factor on the encoder's learning rate.</summary><value>1</value>
    public double EncoderLearningRate { get; init; } = 1;

    /// <summary>The tagging loss.</summary><value>7, 0, 0.05 as published</value>
    public AsymmetricLoss TaggingLoss { get; init; } = new();

    /// <summary>
    /// Factor on the distillation of the teacher's picture into the token of the whole picture, 0 or more.
    /// </summary>
    /// <value>1 as published</value>
    public double DistillationWeight { get; init; } = 1;

    /// <summary>What is done to pixels; goes into the model's config.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.EfficientNetLite;

    /// <summary>Augmentation of pictures; its size is the encoder's.</summary>
    public TrainingAugmentation Augmentation { get; init; } = new();

    /// <summary>
    /// Whether matrices are multiplied in bfloat16; weights and sums stay float32.
    /// </summary>
    /// <value>false</value>
    public bool Bf16 { get; init; }

    /// <summary>Pictures that are measured during training; 0: all.</summary><value>0</value>
    public int EvaluateImages { get; init; }

    /// <summary>Positives that a tag needs to count in the measured mAP, 1 or more.</summary><value>10</value>
    public int MinPositives { get; init; } = 10;

    /// <summary>How the best model's weights are stored.</summary><value>float16</value>
    public WeightPrecision SavedPrecision { get; init; } = WeightPrecision.Float16;

    /// <summary>The tags that are learned.</summary>
    internal TagVocabulary ReadTags()
    {
        var all = TagVocabulary.Load(Tags);
        return MaxTags == 0 || MaxTags >= all.Count ? all : new TagVocabulary(all.Take(MaxTags));
    }

    /// <summary>What is wrong with the values: key, value, allowed range.</summary>
    internal virtual IEnumerable<string> Faults()
    {
        if (Data.Length == 0)
            yield return "data: expected at least one data set";
        if (CachedViews < 0)
            yield return $"cachedViews: {CachedViews} · expected 0 or more";
        if (MaxTags < 0)
            yield return $"maxTags: {MaxTags} · expected 0 or more";
        if (MaxImages < 0)
            yield return $"maxImages: {MaxImages} · expected 0 or more";
        if (EvaluateImages < 0)
            yield return $"evaluateImages: {EvaluateImages} · expected 0 or more";
        if (MinPositives < 1)
            yield return $"minPositives: {MinPositives} · expected 1 or more";
        if (!(DistillationWeight >= 0))
            yield return $"distillationWeight: {DistillationWeight} · expected 0 or more";
        if (!(EncoderLearningRate >= 0))
            yield return $"encoderLearningRate: {EncoderLearningRate} · expected 0 or more";
        foreach (var fault in Teacher.Faults())
            yield return fault;
    }
}
