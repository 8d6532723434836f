using Gloss.Images;
using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.Clip;
using Gloss.Models.EfficientNet;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Recognition;

/// <summary>
/// A temporary folder with a RAM ("ram"), a RAM++ ("ram_plus") and the CLIP that embeds their tags ("clip"), of random
/// weights, and three pictures.
/// </summary>
public sealed class TinyOpenSetFolder : IDisposable
{
    private const int EmbeddingSize = 8;
    private static readonly TagVocabulary Tags =
        new([new Tag(0, "dog", TagType.Object, []), new Tag(1, "cat", TagType.Object, [])]);

    public TinyOpenSetFolder()
    {
        Engine.Seed(12);
        var encoder = new ImageEncoderConfig
        {
            EfficientNetLite = new EfficientNetLiteConfig { WidthCoefficient = 0.1, DepthCoefficient = 0.3,
                ImageSize = 64 },
        };
        var ram = new RamConfig
        {
            ImageEncoder = encoder, HasCaptions = false, EmbeddingSize = EmbeddingSize, HiddenSize = 16, Heads = 4,
            IntermediateSize = 32,
            TaggingHeadHeads = 2, Tags = Tags.Count,
        };
        var plus = new RamPlusConfig
        {
            ImageEncoder = encoder, EmbeddingSize = EmbeddingSize, HiddenSize = 16, IntermediateSize = 32,
            TaggingHeadHeads = 2, Tags = Tags.Count, TextsPerTag = 3,
        };
        var config = new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.RamFamily,
            Preprocessing = Preprocessing.EfficientNetLite,
        };
        using (var model = new RamModel(ram))
            ModelFolder.Save(In("ram"), config with { Ram = ram }, model, null, Tags, "# Tiny\n");
        using (var model = new RamPlusModel(plus))
            ModelFolder.Save(In("ram_plus"), config with { Family = ModelConfig.RamPlusFamily, RamPlus = plus }, model,
                null, Tags, "# Tiny\n");
        SaveClip();
        Directory.CreateDirectory(In("images"));
        for (var i = 0; i < 3; i++)
        {
            var picture = new RgbImage(80, 70 + i);
            for (var p = 0; p < picture.Pixels.Length; p++)
                picture.Pixels[p] = (byte)(p * (i + 3) % 251);
            Gloss.Images.ImageEncoder.Save(picture, In($"images/p{i}.png"));
        }
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public string In(string path) => Path.Combine(Root, path);

    public (int Code, string Output, string Error) Run(params string[] arguments) =>
        GlossProgram.Run(arguments, null, ("GLOSS_MODELS", Root));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    // Bytes alone, no merges.
    private void SaveClip()
    {
        using var clip = new ClipModel(new ClipConfig
        {
            EmbeddingSize = EmbeddingSize, ImageSize = 16, PatchSize = 8, VisionWidth = 64, VisionLayers = 1,
            TextWidth = 64, TextLayers = 1, ContextLength = 40,
            VocabularySize = 514,
        });
        SafetensorsWriter.Write(In("clip.safetensors"), clip.NamedParameters()
            .ToDictionary(p => p.Name, p => p.Parameter.Value));
        File.WriteAllText(In("merges.txt"), "#version\n");
        CheckpointImport.Run(new() { Checkpoint = In("clip.safetensors"), Vocabulary = In("merges.txt"),
            Output = In("clip") });
    }
}
