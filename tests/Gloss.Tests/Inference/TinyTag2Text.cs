using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.EfficientNet;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Inference;

/// <summary>A Tag2Text of a few thousand random weights, with a vocabulary that fits it.</summary>
internal static class TinyTag2Text
{
    public static readonly string[] Words =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "picture", "of", "dog", "cat", "beach", "red", "run",
        "on", "the",
        "|", "grass", "##s", ".", ",", Tag2TextTokens.Decode, Tag2TextTokens.Encode,
    ];

    public static Tag2TextConfig Config => new()
    {
        ImageEncoder = new ImageEncoderConfig
        {
            EfficientNetLite = new EfficientNetLiteConfig { WidthCoefficient = 0.1, DepthCoefficient = 0.3,
                ImageSize = 64 },
        },
        ImageProjection = 12, HiddenSize = 16, Heads = 4, IntermediateSize = 32, VocabularySize = Words.Length,
        MaxPositions = 40,
        TagEncoderLayers = 2, TextDecoderLayers = 1, Tags = 5, TagTokens = 12,
        TaggingHead = new TaggingHeadConfig { IsShared = false, Layers = 2, Heads = 2, HiddenSize = 16,
            IntermediateSize = 32 },
    };

    public static WordPieceTokenizer Tokenizer => new(Words, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);

    public static TagVocabulary Tags => new(
    [
        new Tag(0, "dog", TagType.Object, ["puppy"]), new Tag(1, "cat", TagType.Object, []),
        new Tag(2, "beach", TagType.Scene, []),
        new Tag(3, "red", TagType.Attribute, [], Threshold: 0.9f), new Tag(4, "run", TagType.Action, []),
    ]);

    /// <summary>A model with seeded weights, in evaluation mode; the caller disposes it.</summary>
    public static Tag2TextModel Model(Tag2TextConfig? config = null, ulong seed = 7)
    {
        Engine.Seed(seed);
        var model = new Tag2TextModel(config ?? Config);
        model.Train(false);
        return model;
    }

    public static RecognitionPredictor Predictor(Tag2TextModel model, RecognitionPredictorOptions? options = null) =>
        new(model, new Tag2TextTokens(Tokenizer, model.Config), Tags, options);

    public static ModelConfig FolderConfig => new()
    {
        FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.Tag2TextFamily, Tag2Text = Config,
        Preprocessing = Preprocessing.EfficientNetLite, Threshold = 0.5f,
        Generation = new() { MaxLength = 12, MinLength = 5 },
        Source = "random weights",
    };

    public static void Save(Tag2TextModel model, string folder, WeightPrecision precision = WeightPrecision.Float32,
        Func<string, WeightPrecision?>? precisionOf = null) =>
        ModelFolder.Save(folder, FolderConfig, model, Tokenizer, Tags, "# Tiny\n", precision, precisionOf);

    /// <summary>Random image tokens (B, N, C) as the model's encoder gives them.</summary>
    public static Tensor ImageTokens(Tag2TextModel model, int pictures) =>
        Tensors.RandomNormal([pictures, model.VisualEncoder.TokenCount, model.TokenWidth]);
}
