using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Losses;
using Gloss.Models.GroundingDino;

namespace Gloss.Training.Grounding;

/// <summary>Settings of <see cref="GroundingTask"/>. Paths are relative to the working folder.</summary>
public sealed record GroundingTaskOptions
{
    /// <summary>Sizes; the text tower's vocabulary must be that of <see cref="Vocabulary"/>.</summary>
    public required GroundingDinoConfig Model { get; init; }

    /// <summary>BERT's word pieces, vocab.txt.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>
    /// Data to learn from: files or folders that <see cref="Data.Grounding.GroundingDataset"/> reads, detection and
    /// grounding mixed as they come; of each the split train.
    /// </summary>
    public string[] Data { get; init; } = [];

    /// <summary>What is measured: its split val; null: the first of <see cref="Data"/>.</summary><value>null</value>
    public string? Validation { get; init; }

    /// <summary>Weights of a model of the same config to start from.</summary><value>null</value>
    public string? Start { get; init; }

    /// <summary>Weights of an EfficientNet-Lite to start the backbone from.</summary><value>null</value>
    public string? ImageWeights { get; init; }

    /// <summary>Weights of a BERT of the text tower's sizes to start it from.</summary><value>null</value>
    public string? TextWeights { get; init; }

    /// <summary>Whether the text tower learns too.</summary><value>false</value>
    public bool TrainsText { get; init; }

    /// <summary>Side of the square to which pictures are resized.</summary><value>256; 32 to 2048</value>
    public int ImageSize { get; init; } = 256;

    /// <summary>
    /// Views of each picture whose maps are computed once by the frozen backbone (EfficientNet-Lite only): the whole
    /// picture, its mirror image, then parts of it. 0: pictures are cut, mirrored and resized anew at each step, and
    /// the backbone learns.
    /// </summary><value>0</value>
    public int CachedViews { get; init; }

    /// <summary>Where maps are cached.</summary><value>.cache</value>
    public string CacheFolder { get; init; } = ".cache";

    /// <summary>Least part of a picture's area that a view shows.</summary><value>0.5; above 0 to 1</value>
    public double MinScale { get; init; } = 0.5;

    /// <summary>
    /// Most captions of a picture that are learned together, as sub-sentences of one text.
    /// </summary>
    /// <value>5; 1 or more</value>
    public int CaptionsPerText { get; init; } = 5;

    /// <summary>
    /// Captions of other pictures that stand in the text too and name nothing in the picture.
    /// </summary>
    /// <value>1; 0 or more</value>
    public int NegativeCaptions { get; init; } = 1;

    /// <summary>
    /// Share of the texts of pictures with captions that are lists of phrases, as `gloss ground --tags` asks, and not
    /// captions; 0 to 1.
    /// </summary><value>0.5</value>
    public double PhraseTexts { get; init; } = 0.5;

    /// <summary>Phrases of other pictures in such a list, at most; 0 or more.</summary><value>10</value>
    public int NegativePhrases { get; init; } = 10;

    /// <summary>
    /// Most categories in the text of a picture with objects: its own, then others drawn at random.
    /// </summary>
    /// <value>50</value>
    public int MaxLabels { get; init; } = 50;

    /// <summary>Most tokens of a text; at most the model's.</summary><value>128</value>
    public int MaxTextTokens { get; init; } = 128;

    /// <summary>
    /// Whether a phrase with several boxes learns the box around them, as it is measured; else each of them.
    /// </summary>
    /// <value>true</value>
    public bool MergesBoxes { get; init; } = true;

    /// <summary>The losses of each layer.</summary>
    public GroundingLoss Loss { get; init; } = new();

    /// <summary>Factor on the backbone's and the text tower's learning rate.</summary><value>0.1</value>
    public double TowerLearningRate { get; init; } = 0.1;

    /// <summary>What is done to pixels; goes into the model's config.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.EfficientNetLite;

    /// <summary>Thresholds of the shipped model; its picture sizes are <see cref="ImageSize"/>.</summary>
    public GroundingSettings Grounding { get; init; } = new();

    /// <summary>
    /// Whether matrices are multiplied in bfloat16; weights and sums stay float32.
    /// </summary>
    /// <value>false</value>
    public bool Bf16 { get; init; }

    /// <summary>Pictures of the val split that are measured during training; 0: all.</summary><value>0</value>
    public int EvaluateImages { get; init; }

    /// <summary>
    /// How matrices of the best model are stored, but for those that place boxes, which stay float16.
    /// </summary>
    /// <value>float16</value>
    public WeightPrecision SavedPrecision { get; init; } = WeightPrecision.Float16;

    /// <summary>What is wrong with the values, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        foreach (var fault in Model.Faults())
            yield return $"model.{fault}";
        if (Data.Length == 0)
            yield return "data: expected at least one file or folder";
        if (ImageSize is < 32 or > 2048)
            yield return $"imageSize: expected 32 to 2048, got {ImageSize}";
        if (CachedViews is < 0 or > 64)
            yield return $"cachedViews: expected 0 to 64, got {CachedViews}";
        if (CachedViews > 0 && Model.Backbone.EfficientNetLite is null)
            yield return $"cachedViews: expected 0 for this backbone, got {CachedViews}";
        if (!(MinScale is > 0 and <= 1))
            yield return $"minScale: expected above 0 to 1, got {MinScale}";
        if (CaptionsPerText < 1)
            yield return $"captionsPerText: expected 1 or more, got {CaptionsPerText}";
        if (NegativeCaptions < 0)
            yield return $"negativeCaptions: expected 0 or more, got {NegativeCaptions}";
        if (!(PhraseTexts is >= 0 and <= 1))
            yield return $"phraseTexts: expected 0 to 1, got {PhraseTexts}";
        if (NegativePhrases < 0)
            yield return $"negativePhrases: expected 0 or more, got {NegativePhrases}";
        if (MaxLabels < 1)
            yield return $"maxLabels: expected 1 or more, got {MaxLabels}";
        if (MaxTextTokens < 8 || MaxTextTokens > Model.MaxTextTokens)
            yield return $"maxTextTokens: expected 8 to {Model.MaxTextTokens}, got {MaxTextTokens}";
        if (!(TowerLearningRate >= 0))
            yield return $"towerLearningRate: expected 0 or more, got {TowerLearningRate}";
        if (EvaluateImages < 0)
            yield return $"evaluateImages: expected 0 or more, got {EvaluateImages}";
    }
}
