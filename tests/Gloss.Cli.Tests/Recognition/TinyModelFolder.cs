using Gloss.Images;
using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.EfficientNet;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Recognition;

/// <summary>
/// A temporary folder with a model of a few thousand random weights under "tiny", one with an alignment branch under
/// "aligned", and pictures.
/// </summary>
public sealed class TinyModelFolder : IDisposable
{
    private static readonly string[] Words =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "picture", "of", "dog", "cat", "beach", "red", "run",
        "on", "the",
        "|", "grass", Tag2TextTokens.Decode, Tag2TextTokens.Encode,
    ];

    public TinyModelFolder()
    {
        var config = new Tag2TextConfig
        {
            ImageEncoder = new ImageEncoderConfig
            {
                EfficientNetLite = new EfficientNetLiteConfig { WidthCoefficient = 0.1, DepthCoefficient = 0.3,
                    ImageSize = 64 },
            },
            ImageProjection = 12, HiddenSize = 16, Heads = 4, IntermediateSize = 32, VocabularySize = Words.Length,
            MaxPositions = 40,
            TagEncoderLayers = 2, TextDecoderLayers = 1, Tags = 5, TagTokens = 12,
            TaggingHead = new TaggingHeadConfig { IsShared = false, Layers = 1, Heads = 2, HiddenSize = 16,
                IntermediateSize = 32 },
        };
        Save("tiny", config);
        Save("aligned", config with { Alignment = new() { Layers = 2, Width = 8, MaxTokens = 12 } });
        Directory.CreateDirectory(In("images"));
        for (var i = 0; i < 5; i++)
        {
            var picture = new RgbImage(90 + i, 70);
            for (var p = 0; p < picture.Pixels.Length; p++)
                picture.Pixels[p] = (byte)(p * (i + 3) % 251);
            Gloss.Images.ImageEncoder.Save(picture, In($"images/p{i}.png"));
        }
        File.WriteAllText(In("broken.jpg"), "no picture");
        File.WriteAllText(In("empty.png"), "");
        File.WriteAllLines(In("captions.jsonl"), Enumerable.Range(0, 5).Select(i =>
            $$"""{"image": "p{{i}}.png", "split": "{{(i < 4 ? "val" : "test")}}", "captions": ["A dog runs on the beach .", "{{(i % 2 == 0 ? "A red cat ." : "The dog runs .")}}"]}"""));
    }

    private void Save(string name, Tag2TextConfig config)
    {
        Engine.Seed(11);
        using var model = new Tag2TextModel(config);
        ModelFolder.Save(Path.Combine(Root, name), new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.Tag2TextFamily, Tag2Text = config,
            Preprocessing = Preprocessing.EfficientNetLite, Threshold = 0.1f,
            Generation = new() { MaxLength = 12, MinLength = 6 },
        }, model, new WordPieceTokenizer(Words, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]), new TagVocabulary(
        [
            new Tag(0, "dog", TagType.Object, ["puppy"]), new Tag(1, "cat", TagType.Object, []),
            new Tag(2, "beach", TagType.Scene, []),
            new Tag(3, "red", TagType.Attribute, []), new Tag(4, "run", TagType.Action, []),
        ]), "# Tiny\n", WeightPrecision.BFloat16);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public string In(string path) => Path.Combine(Root, path);

    /// <summary>Runs the program with this model.</summary>
    public (int Code, string Output, string Error) Run(params string[] arguments) => RunWith(null, arguments);

    /// <summary>Runs the program with the model that has an alignment branch.</summary>
    public (int Code, string Output, string Error) RunAligned(params string[] arguments) =>
        GlossProgram.Run([.. arguments, "--model", "aligned"], null, ("GLOSS_MODELS", Root));

    public (int Code, string Output, string Error) RunWith(string? input, params string[] arguments) =>
        GlossProgram.Run([.. arguments, "--model", "tiny"], input, ("GLOSS_MODELS", Root));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
