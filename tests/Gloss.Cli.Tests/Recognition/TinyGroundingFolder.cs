using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Models;
using Gloss.Models.Bert;
using Gloss.Models.EfficientNet;
using Gloss.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Recognition;

/// <summary>
/// A temporary folder with a Grounding DINO of random weights under "grounding", and pictures with phrases and boxes.
/// </summary>
public sealed class TinyGroundingFolder : IDisposable
{
    private static readonly string[] Words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", ",", "a", "red",
        "dog", "car", "man", "the", "on", "left", "трава"];

    public TinyGroundingFolder()
    {
        var config = new GroundingDinoConfig
        {
            Backbone = new ImageEncoderConfig { EfficientNetLite = new EfficientNetLiteConfig { WidthCoefficient = 0.25,
                DepthCoefficient = 0.3 } },
            Text = new BertConfig
            {
                HiddenSize = 16, Heads = 2, IntermediateSize = 32, Layers = 1, VocabularySize = Words.Length,
                MaxPositions = 64, TokenTypes = 2,
            },
            HiddenSize = 32, Heads = 4, FeedForwardSize = 32, FusionSize = 32, FusionHeads = 2, TextHeads = 2,
            TextFeedForwardSize = 32,
            EncoderLayers = 1, DecoderLayers = 1, Queries = 10, Levels = 3, FinestStride = 16, Points = 2,
            NormGroups = 8, MaxTextTokens = 24,
        };
        Engine.Seed(3);
        using var model = new GroundingDinoModel(config);
        ModelFolder.SaveGrounding(In("grounding"), new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.GroundingDinoFamily, GroundingDino = config,
            Grounding = new GroundingSettings { ShorterSide = 64, LongestSide = 128, Threshold = 0 },
            Preprocessing = Preprocessing.EfficientNetLite,
        }, model, new WordPieceTokenizer(Words), "# Tiny\n", _ => WeightPrecision.Float16);
        Directory.CreateDirectory(In("images"));
        for (var i = 0; i < 2; i++)
        {
            var picture = new RgbImage(90 + i, 70);
            for (var p = 0; p < picture.Pixels.Length; p++)
                picture.Pixels[p] = (byte)(p * (i + 3) % 251);
            Gloss.Images.ImageEncoder.Save(picture, In($"images/p{i}.png"));
        }
        File.WriteAllLines(In("phrases.jsonl"), Enumerable.Range(0, 2).Select(i =>
            $$"""{"image": "p{{i}}.png", "split": "val", "captions": [{"text": "a red dog", "phrases": [{"id": "1", "types": ["animals"], "start": 0, "end": 9}]}], "boxes": [{"ids": ["1"], "box": [0.1, 0.2, 0.6, 0.9]}]}"""));
        File.WriteAllLines(In("labels.jsonl"),
            [
            """{"image": "p0.png", "boxes": [{"tag": "dog", "box": [0.1, 0.2, 0.6, 0.9]}, {"tag": "car", "box": [0.5, 0.5, 0.5, 0.9]}]}"""]);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public string In(string path) => Path.Combine(Root, path);

    /// <summary>Runs the program where this model is the one that is taken.</summary>
    public (int Code, string Output, string Error) Run(params string[] arguments) =>
        GlossProgram.Run(arguments, null, ("GLOSS_MODELS", Root));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
