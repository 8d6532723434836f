using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Models;
using Gloss.Models.Bert;
using Gloss.Models.EfficientNet;
using Gloss.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Inference.Grounding;

/// <summary>A Grounding DINO so small that it runs in a moment, with random weights.</summary>
internal static class TinyGrounding
{
    public static WordPieceTokenizer Tokenizer { get; } =
        WordPieceTokenizer.Load(
            new StringReader(
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\n?\n,\na\nred\ndog\ncar\nman\nhouse\nthe\non\nleft"));

    public static GroundingDinoConfig Config { get; } = new()
    {
        Backbone = new ImageEncoderConfig { EfficientNetLite = new EfficientNetLiteConfig { WidthCoefficient = 0.25,
            DepthCoefficient = 0.3 } },
        Text = new BertConfig
        {
            HiddenSize = 16, Heads = 2, IntermediateSize = 32, Layers = 1, VocabularySize = Tokenizer.VocabularySize,
            MaxPositions = 64, TokenTypes = 2, Dropout = 0,
        },
        HiddenSize = 32, Heads = 4, FeedForwardSize = 32, FusionSize = 32, FusionHeads = 2, TextHeads = 2,
        TextFeedForwardSize = 32,
        EncoderLayers = 1, DecoderLayers = 2, Queries = 10, Levels = 4, Points = 2, NormGroups = 8, MaxTextTokens = 24,
        FusionDropPath = 0,
    };

    /// <summary>The folder's config.</summary>
    public static ModelConfig Folder(GroundingDinoConfig? config = null) => new()
    {
        FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.GroundingDinoFamily,
        GroundingDino = config ?? Config,
        Grounding = new GroundingSettings { ShorterSide = 64, LongestSide = 128, Threshold = 0.0f },
        Preprocessing = Preprocessing.EfficientNetLite,
    };

    /// <summary>The model; the caller owns it.</summary>
    public static LoadedGrounding Load(ulong seed = 1, GroundingDinoConfig? config = null)
    {
        Engine.Seed(seed);
        var model = new GroundingDinoModel(config ?? Config);
        model.PrepareForInference();
        return new LoadedGrounding(Folder(config), model, Tokenizer);
    }
}
