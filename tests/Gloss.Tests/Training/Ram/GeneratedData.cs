using System.Text.Json;
using Gloss.Images;
using Gloss.Models;
using Gloss.Models.Bert;
using Gloss.Models.Vit;
using Gloss.Text;
using Gloss.Torch;
using ImageEncoder = Gloss.Images.ImageEncoder;

namespace Gloss.Tests.Training.Ram;

/// <summary>
/// A folder of generated pictures whose colour tells their tag, with captions, a vocabulary, and a text tower of random
/// weights: all that a family needs to be trained in seconds.
/// </summary>
internal sealed class GeneratedData : IDisposable
{
    private static readonly (string Name, byte Red, byte Green, byte Blue)[] things =
    [
        ("dog", 220, 40, 40), ("cat", 40, 220, 40), ("beach", 40, 40, 220), ("grass", 220, 220, 40),
        ("sky", 40, 220, 220), ("bird", 220, 40, 220), ("snow", 220, 220, 220), ("night", 10, 10, 10),
    ];

    private readonly TemporaryFolder folder = new();

    public GeneratedData(int train = 32, int val = 8)
    {
        Directory.CreateDirectory(In("images"));
        var lines = new List<string>();
        for (var i = 0; i < train + val; i++)
        {
            var (name, red, green, blue) = things[i % things.Length];
            var picture = new RgbImage(48, 48);
            for (var p = 0; p < picture.Pixels.Length; p += 3)
            {
                var noise = (byte)((p * 7 + i * 13) % 30);
                (picture.Pixels[p], picture.Pixels[p + 1], picture.Pixels[p + 2]) =
                    ((byte)(red + noise), (byte)(green + noise), (byte)(blue + noise));
            }
            ImageEncoder.Save(picture, In($"images/p{i}.png"));
            lines.Add(JsonSerializer.Serialize(new
            {
                image = $"p{i}.png", split = i < train ? "train" : "val",
                captions = new[] { $"a {name} on the red carpet", $"the {name} is big" },
            }));
        }
        File.WriteAllLines(In("captions.jsonl"), lines);
        Tags = new TagVocabulary(things.Select((t, i) => new Tag(i, t.Name, TagType.Object, [])));
        Tags.Save(In("tags.jsonl"));
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "picture", "of", "dog", "cat", "beach",
            "grass", "sky", "bird", "snow", "night", "red", "on", "the",
            "is", "big", "carpet", "|", "photo", "this", "in", "scene", "there", "."];
        File.WriteAllLines(In("tower.txt"), words);
        File.WriteAllLines(In("vocab.txt"), [.. words, "[DEC]", "[ENC]"]);
        SaveTower(words.Length);
    }

    public TagVocabulary Tags { get; }

    public string Folder => folder.Path;

    public static ImageEncoderConfig Encoder => new()
    {
        VisionTransformer = new VisionTransformerConfig { ImageSize = 48, PatchSize = 16, Width = 16, Depth = 1,
            NumHeads = 2 },
    };

    public string In(string name) => Path.Combine(folder.Path, name);

    public void Dispose() => folder.Dispose();

    // A tower of 16 numbers: texts with other words get other embeddings.
    private void SaveTower(int words)
    {
        Engine.Seed(5);
        using var scope = TensorScope.Begin();
        using var tower = new BertModel(new BertConfig
        {
            HiddenSize = 16, Heads = 2, IntermediateSize = 32, Layers = 1, VocabularySize = words, TokenTypes = 2,
            MaxPositions = 64,
        });
        foreach (var (_, parameter) in tower.NamedParameters())
        {
            using var noGradient = GradientMode.None();
            if (parameter.Value.Rank == 2)
                parameter.Value.CopyInPlace(Tensors.RandomNormal(parameter.Value.Shape));
        }
        Directory.CreateDirectory(In("tower"));
        SafetensorsWriter.Write(In("tower/model.safetensors"), tower.State());
        File.WriteAllText(In("tower/config.json"), """{"num_attention_heads": 2}""");
    }
}
