using Gloss.Images;
using Gloss.Inference;
using Gloss.Losses;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;

namespace Gloss.Training.Tag2Text;

/// <summary>Settings of <see cref="Tag2TextTask"/>. Paths are relative to the working folder.</summary>
public sealed record Tag2TextTaskOptions
{
    /// <summary>
    /// Sizes; the numbers of tags and of word pieces must be those of <see cref="Tags"/> and <see cref="Vocabulary"/>.
    /// </summary>
    public required Tag2TextConfig Model { get; init; }

    /// <summary>The tag vocabulary, tags.jsonl.</summary>
    public required string Tags { get; init; }

    /// <summary>The word pieces, vocab.txt, with [DEC] and [ENC].</summary>
    public required string Vocabulary { get; init; }

    /// <summary>
    /// Folders in the layout of Flickr8k whose train split is learned; the first one's val split measures.
    /// </summary>
    public string[] Data { get; init; } = [];

    /// <summary>
    /// Data sets of pictures with labels and without captions, which teach tagging alone: folders, lists, WebDataset
    /// shards.
    /// </summary><value>none</value>
    public string[] Labelled { get; init; } = [];

    /// <summary>
    /// A table of what labels of <see cref="Labelled"/> are called among the tags: lines of a label, a tab, and its
    /// tags with commas between them (none: the label is left out). Labels that are not in it are looked up among the
    /// tags.
    /// </summary><value>null: none</value>
    public string? LabelNames { get; init; }

    /// <summary>
    /// How much a tag counts in the tagging loss that is not among the labels of a picture of <see cref="Labelled"/>,
    /// 0–1: labels name a part of what is there. (After captions, which tell of the whole picture, it is 1.)
    /// </summary><value>0.1</value>
    public double UnlabelledWeight { get; init; } = 0.1;

    /// <summary>
    /// Weights of a model of the same config to start from; <see cref="ImageWeights"/> and <see cref="TextTower"/>,
    /// where given, are put over their parts of it.
    /// </summary><value>null</value>
    public string? Start { get; init; }

    /// <summary>
    /// The tags.jsonl of <see cref="Start"/>, where it is not <see cref="Tags"/>: a tag known there by its name or by a
    /// synonym keeps its query and its classifier, others start anew.
    /// </summary><value>null: the same tags</value>
    public string? StartTags { get; init; }

    /// <summary>
    /// The classifier that the model's evidence of classes starts from, where <see cref="Start"/> has none. It must
    /// have been trained on the image encoder's features, and is never learned further.
    /// </summary>
    /// <value>null</value>
    public ClassifierOptions? Classifier { get; init; }

    /// <summary>Weights of the image encoder alone to start from.</summary><value>null</value>
    public string? ImageWeights { get; init; }

    /// <summary>
    /// Folder of a BERT text tower (model.safetensors, and the vocabulary <see cref="TextVocabulary"/>) to start the
    /// text parts from.
    /// </summary>
    /// <value>null</value>
    public string? TextTower { get; init; }

    /// <summary>The vocabulary that belongs to <see cref="TextTower"/>.</summary><value>null</value>
    public string? TextVocabulary { get; init; }

    /// <summary>
    /// Views of each picture whose features are computed once by the frozen encoder: the first is the whole picture,
    /// the second its mirror image, the others are drawn. 0: pictures are decoded and augmented anew at each step, and
    /// the encoder learns too.
    /// </summary><value>0</value>
    public int CachedViews { get; init; }

    /// <summary>
    /// With <see cref="CachedViews"/>: only so many stages of an EfficientNet-Lite are frozen, 1 to 7, the map of the
    /// last of them is what is cached, and the stages above it learn. Most of the weights are in the last stages and
    /// little of the work.
    /// </summary><value>null: the whole encoder is frozen</value>
    public int? FrozenStages { get; init; }

    /// <summary>Where features are cached.</summary><value>.cache</value>
    public string CacheFolder { get; init; } = ".cache";

    /// <summary>
    /// Captions of a picture learned at each step, 1 to 16, drawn without repetition.
    /// </summary>
    /// <value>1</value>
    public int CaptionsPerImage { get; init; } = 1;

    /// <summary>Most tokens of a caption, prompt included.</summary><value>40</value>
    public int MaxCaptionTokens { get; init; } = 40;

    /// <summary>
    /// Whether only the recognition decoder with its queries and classifiers learns, and captions stay as they are.
    /// </summary>
    /// <value>false</value>
    public bool TaggingOnly { get; init; }

    /// <summary>Whether only tag encoder and text decoder learn; tagging stays as it is.</summary><value>false</value>
    public bool CaptioningOnly { get; init; }

    /// <summary>
    /// How the alignment branch learns, where the model has one; null: it does not.
    /// </summary>
    /// <value>null</value>
    public AlignmentTrainingOptions? Alignment { get; init; }

    /// <summary>
    /// Whether only the alignment branch learns, without the cross-attention that it shares with the decoder.
    /// </summary>
    /// <value>false</value>
    public bool AlignmentOnly { get; init; }

    /// <summary>
    /// Self-critical training (Rennie et al., CVPR 2017): so many captions of each picture are drawn, guided by its
    /// recognised tags, and made more or less likely as their CIDEr-D is above or below that of the picture's other
    /// draws. 0: none, else 2 to 64. Not in the Tag2Text paper; at the end of training, with a small learning rate.
    /// </summary><value>0</value>
    public int CiderSamples { get; init; }

    /// <summary>
    /// Weight of the self-critical loss beside the captions' cross entropy, above 0.
    /// </summary>
    /// <value>10</value>
    public double CiderWeight { get; init; } = 10;

    /// <summary>Factor on the encoder's learning rate.</summary><value>1</value>
    public double EncoderLearningRate { get; init; } = 1;

    /// <summary>
    /// Factor on the learning rate of the recognition decoder, its queries and its classifiers.
    /// </summary>
    /// <value>1</value>
    public double TaggingLearningRate { get; init; } = 1;

    /// <summary>
    /// Thins out the tags that guide a caption in training: each caption draws a rate from 0 up to this, and leaves out
    /// that share of its tags. A captioner that always sees complete tags stops looking at the picture.
    /// </summary><value>0 as published</value>
    public double TagDropout { get; init; }

    /// <summary>
    /// Share of captions guided in training by the tags that the model itself recognises in the picture, above a
    /// threshold drawn from <see cref="RecognisedThresholds"/>, as it is in use; the others are guided by their own
    /// mined tags.
    /// </summary><value>0 as published</value>
    public double RecognisedGuides { get; init; }

    /// <summary>
    /// The lowest and the highest threshold for <see cref="RecognisedGuides"/>.
    /// </summary>
    /// <value>0.7, 0.95</value>
    public float[] RecognisedThresholds { get; init; } = [0.7f, 0.95f];

    /// <summary>Label smoothing of the language model loss.</summary><value>0.1</value>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>The tagging loss.</summary><value>7, 0, 0.05 as published</value>
    public AsymmetricLoss TaggingLoss { get; init; } = new();

    /// <summary>What is done to pixels; goes into the model's config.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.EfficientNetLite;

    /// <summary>Augmentation of pictures; its size is the encoder's.</summary>
    public TrainingAugmentation Augmentation { get; init; } = new();

    /// <summary>
    /// Whether matrices are multiplied in bfloat16; weights and sums stay float32.
    /// </summary>
    /// <value>false</value>
    public bool Bf16 { get; init; }

    /// <summary>Pictures of the val split that are measured during training; 0: all.</summary><value>0</value>
    public int EvaluateImages { get; init; }

    /// <summary>Beams of the captions that are measured during training.</summary><value>1</value>
    public int EvaluateBeams { get; init; } = 1;

    /// <summary>How the shipped model generates captions.</summary>
    public GenerationOptions Generation { get; init; } = new() { MaxLength = 30, MinLength = 8 };

    /// <summary>How the best model's weights are stored.</summary><value>float16</value>
    public WeightPrecision SavedPrecision { get; init; } = WeightPrecision.Float16;

    /// <summary>What is wrong with the settings, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        // Tags and word pieces are counted when their files are read.
        foreach (var fault in (Model with { Tags = 1, VocabularySize = 1000 }).Faults())
            yield return $"model.{fault}";
        if (Data.Length == 0)
            yield return "data: expected at least one data set";
        if (CachedViews is < 0 or > 1000)
            yield return $"cachedViews: {CachedViews} · expected 0 to 1000";
        if (FrozenStages is < 1 or > 7)
            yield return $"frozenStages: {FrozenStages} · expected 1 to 7, or null";
        if (FrozenStages is not null && CachedViews == 0)
            yield return "frozenStages: needs cachedViews · expected 1 or more views";
        if (Classifier is not null && (Model.Classes is null || LabelNames is null))
            yield return "classifier: without model.classes or labelNames · expected how many classes it has, and what "
                + "they are called among the tags";
        if (Model.Classes is not null && Classifier is null && Start is null)
            yield return "model.classes: without classifier or start · expected weights for them";
        foreach (var fault in Classifier?.Faults() ?? [])
            yield return $"classifier.{fault}";
        if (StartTags is not null && Start is null)
            yield return "startTags: without start · expected the weights that the tags belong to";
        if (CaptionsPerImage is < 1 or > 16)
            yield return $"captionsPerImage: {CaptionsPerImage} · expected 1 to 16";
        if (MaxCaptionTokens < 8 || MaxCaptionTokens > Model.MaxPositions)
            yield return $"maxCaptionTokens: {MaxCaptionTokens} · expected 8 to model.maxPositions "
                + $"{Model.MaxPositions}";
        if (TextTower is not null && TextVocabulary is null)
            yield return "textVocabulary: missing · expected the vocabulary that belongs to textTower";
        if (RecognisedThresholds is not [>= 0 and <= 1, >= 0 and <= 1]
            || RecognisedThresholds[0] > RecognisedThresholds[1])
            yield return $"recognisedThresholds: [{string.Join(", ", RecognisedThresholds)}] · expected the lowest and "
                + $"the highest, 0 to 1";
        (string Key, double Value, double Most)[] numbers =
        [
            ("encoderLearningRate", EncoderLearningRate, 1000), ("taggingLearningRate", TaggingLearningRate, 1000),
            ("tagDropout", TagDropout, 1), ("recognisedGuides", RecognisedGuides, 1),
            ("unlabelledWeight", UnlabelledWeight, 1),
            ("labelSmoothing", LabelSmoothing, 0.99), ("evaluateImages", EvaluateImages, int.MaxValue),
        ];
        foreach (var (key, value, most) in numbers)
        {
            if (!(value >= 0 && value <= most))
                yield return $"{key}: {value} · expected 0 to {most}";
        }
        if (TaggingOnly && (CaptioningOnly || CiderSamples > 0))
            yield return "taggingOnly: excludes captioningOnly and ciderSamples";
        if (Alignment is not null && Model.Alignment is null)
            yield return "alignment: without model.alignment · expected the sizes of the branch";
        if (AlignmentOnly && (Alignment is null || TaggingOnly || CaptioningOnly || CiderSamples > 0))
            yield return "alignmentOnly: needs alignment, excludes taggingOnly, captioningOnly and ciderSamples";
        if (Alignment is { MatchWeight: > 0 } && Model.Alignment is { HasMatching: false })
            yield return "alignment.matchWeight: expected 0 where model.alignment.hasMatching is false";
        foreach (var fault in Alignment?.Faults() ?? [])
            yield return $"alignment.{fault}";
        if (CiderSamples is not (0 or (>= 2 and <= 64)))
            yield return $"ciderSamples: {CiderSamples} · expected 0, or 2 to 64";
        if (!(CiderWeight > 0))
            yield return $"ciderWeight: {CiderWeight} · expected above 0";
        if (EvaluateBeams < 1)
            yield return $"evaluateBeams: {EvaluateBeams} · expected 1 or more";
        foreach (var fault in Preprocessing.Faults().Concat(Generation.Faults().Select(f => $"generation.{f}")))
            yield return fault;
    }
}
