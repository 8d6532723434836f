using System.Text.Json;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.Clip;
using Gloss.Models.Layers;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Models.Swin;
using Gloss.Models.Tag2Text;
using Gloss.Tests.Models;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Inference;

/// <summary>
/// Checkpoints to model folders to outputs: the small published-form models end to end, and random ones of other sizes.
/// </summary>
public sealed class CheckpointImportTests
{
    private static readonly Dictionary<string, Func<ModelConfig, ImageEncoderConfig>> encoders = new()
    {
        ["tag2text"] = c => c.Tag2Text!.ImageEncoder, ["ram"] = c => c.Ram!.ImageEncoder, ["ram_plus"] = c =>
            c.RamPlus!.ImageEncoder,
    };

    [Theory]
    [InlineData("tag2text", "model.pth", WeightPrecision.Float32)]
    [InlineData("tag2text", "model_legacy.pth", WeightPrecision.Float16)]
    [InlineData("ram", "model.pth", WeightPrecision.BFloat16)]
    [InlineData("ram_plus", "model.pth", WeightPrecision.Float32)]
    [InlineData("ram_plus", "model_fp16.pth", WeightPrecision.Float16)]
    public void Run_ReferenceFiles_FolderGivesTheOfficialLogitsAndTags(string family, string file,
        WeightPrecision precision)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var imported = Import(Options(family, file, folder.Path) with { Precision = precision });

        Assert.Equal((family, 224L), (imported.Config.Family, imported.ImageSize));
        Assert.Equal(family != "ram_plus" && file != "model_legacy.pth", imported.HasCaptions);
        Assert.Contains("sha256", imported.Config.Source, StringComparison.Ordinal);
        Assert.Equal(imported.HasCaptions, File.Exists(Path.Combine(folder.Path, "vocab.txt")));
        using var loaded = ModelFolder.Open(folder.Path).OpenModel(ModelParts.Tagging);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        // The weights lie on a grid that half precision holds exactly.
        var expected = RamFamilyReference.Tensors($"{family}/outputs.safetensors")["logits"];
        var tokens = loaded.Model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        TensorAssert.Close(expected, loaded.Model.TagLogits(tokens), 1e-4, "logits");

        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path($"{family}/tags.json")));
        var ids = json.RootElement.GetProperty("tag_ids").EnumerateArray()
            .Select(list => list.EnumerateArray().Select(i => i.GetInt32())).ToArray();
        var probabilities = loaded.Predictor.TagProbabilities(tokens);
        for (var i = 0; i < 3; i++)
            Assert.Equal(ids[i], loaded.Predictor.RecognizedTags(probabilities.AsSpan(48 * i, 48))
                .Select(tag => tag.Id));
    }

    [Fact]
    public void Run_RamThenRecognize_NamesAreTheOfficialInBothLanguages()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        Import(Options("ram", "model.pth", folder.Path));
        using var loaded = ModelFolder.Open(folder.Path).OpenModel();
        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("ram/tags.json")));
        foreach (var (language, key) in new[] { (TagLanguage.English, "tags"), (TagLanguage.Chinese, "tags_chinese") })
        {
            using var recognizer = new ImageRecognizer(loaded,
                new() { Language = language, Precision = InferencePrecision.Float32 });
            var got = recognizer.Run(Photos(), TestContext.Current.CancellationToken)
                .Select(r => string.Join(" | ", r.Tags.OrderBy(t => t.Id).Select(t => t.Name)));
            Assert.Equal(json.RootElement.GetProperty(key).EnumerateArray().Select(t => t.GetString()), got);
        }
        using var some = new ImageRecognizer(loaded,
            new() { OnlyTags = [8, 3, 17], Precision = InferencePrecision.Float32 });
        Assert.Equal([3, 8, 17], some.Run(Photos(), TestContext.Current.CancellationToken)
            .First().Tags.Select(t => t.Id).Order());
        Assert.Throws<ArgumentException>(() => new ImageRecognizer(loaded, new() { OnlyTags = [48] }));
    }

    [Fact]
    public void Run_Clip_EmbedsTagsAndClassifiesAsTheOfficial()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var ram = new TemporaryFolder();
        using var plus = new TemporaryFolder();
        ImportClip("model_jit.pt", folder.Path);
        Import(Options("ram", "model.pth", ram.Path) with { Clip = folder.Path });
        Import(Options("ram_plus", "model.pth", plus.Path));
        using var clip = ModelFolder.Open(ram.Path).FindClip().OpenClip();
        var predictor = new ClipPredictor(clip);

        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("clip/outputs.safetensors");
        using var texts = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("clip/texts.json")));
        var lines = texts.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!).ToArray();
        var pictures =
            predictor.EncodeImages([.. Photos().Select(f => predictor.Fit(new ImageDecoder().Decode(f.Path)))]);
        TensorAssert.Close(expected["image_features"].Normalize(), pictures, 1e-5, "image features");
        var embeddings = predictor.EncodeTexts(lines, Cancellation);
        TensorAssert.Close(expected["text_features"].Normalize(), embeddings, 1e-5, "text features");
        var probabilities = predictor.Classify(pictures, embeddings);
        TensorAssert.Close(expected["logits_per_image"].Softmax(-1), Tensor.FromData(probabilities, 3, 8), 1e-5,
            "probabilities");
        var named = predictor.EncodeLabels(["dog", "owl"], ["a photo of a {}.", "{}"], Cancellation);
        var one = (predictor.EncodeTexts(["a photo of a owl.", "owl"], Cancellation).Mean([0])).Normalize();
        TensorAssert.Close(one, named.Select(0, 1), 1e-5, "own templates");
        Assert.Throws<ArgumentException>(() => predictor.EncodeLabels(["dog"], ["a photo"], Cancellation));

        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("ram/openset.json")));
        var names = json.RootElement.GetProperty("ensemble").GetProperty("tags").EnumerateArray()
            .Select(t => t.GetString()!).ToArray();
        using (var tags = predictor.Tags(names, Cancellation))
        {
            using var loaded = ModelFolder.Open(ram.Path).OpenModel(ModelParts.Tagging);
            TensorAssert.Close(expected["ensemble_embedding"], tags.Embeddings, 1e-4, "embeddings");
            Check(loaded, tags, "ram", "ensemble");
        }
        var descriptions = TagDescriptions.Load(RamFamilyReference.Path("ram_plus/openset_descriptions.json"));
        using (var tags = predictor.Tags(descriptions, Cancellation))
        {
            using var loaded = ModelFolder.Open(plus.Path).OpenModel();
            Check(loaded, tags, "ram_plus", "descriptions");
            using var wrong = predictor.Tags(["dog"], Cancellation);
            Assert.Throws<ArgumentException>(() => loaded.Predictor.WithOpenSet(wrong, 0.5f));
        }
    }

    [Fact]
    public void Run_TransformersNamesOfClip_GiveTheSameFolder()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var (state, renamed) = (Path.Combine(folder.Path, "a"), Path.Combine(folder.Path, "b"));
        ImportClip("model_state.pt", state);
        var file = Path.Combine(folder.Path, "hf.safetensors");
        using (var scope = TensorScope.Begin())
        {
            using var opened = CheckpointFile.Open(RamFamilyReference.Path("clip/model_state.pt"));
            var tensors = new Dictionary<string, Tensor>();
            foreach (var (name, tensor) in opened.Flatten())
                AddTransformers(tensors, name, tensor.Read());
            tensors["text_model.embeddings.position_ids"] = Tensors.Arange(77);
            SafetensorsWriter.Write(file, tensors);
        }
        Import(new() { Checkpoint = file, Output = renamed,
            Vocabulary = ReferenceData.Require("data/text/clip/bpe_simple_vocab_16e6.txt.gz") });

        Assert.Equal(File.ReadAllBytes(Path.Combine(state, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(renamed, "model.safetensors")));
    }

    [Fact]
    public void Run_AnotherWindow_ResamplesAsTheOfficialLoader()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var config = Path.Combine(folder.Path, "config384.json");
        var text = File.ReadAllText(RamFamilyReference.Path("tag2text/config.json"));
        File.WriteAllText(config, text.Replace("\"image_size\": 224", "\"image_size\": 384", StringComparison.Ordinal)
            .Replace("\"window_size\": 7", "\"window_size\": 12", StringComparison.Ordinal));
        Import(Options("tag2text", "model.pth", Path.Combine(folder.Path, "m")) with { Config = config });
        using var loaded = ModelFolder.Open(Path.Combine(folder.Path, "m")).OpenModel(ModelParts.Tagging);

        using var scope = TensorScope.Begin();
        Assert.Equal(384, loaded.Model.VisualEncoder.ImageSize);
        var expected = RamFamilyReference.Tensors("tag2text/loaded_at_384.safetensors");
        TensorAssert.Close(expected["table.layers.3.blocks.1"],
            loaded.Model.State()["visual_encoder.layers.3.blocks.1.attn.relative_position_bias_table"], 1e-5, "table");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_RandomSizes_TellsThemAndGivesTheSameLogits(int seed)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        var window = random.Next(2, 5);
        var image = new ImageEncoderConfig
        {
            Swin = new SwinConfig
            {
                ImageSize = 32 * window, WindowSize = window, EmbedDim = 8 * random.Next(1, 3),
                Depths = [1, 2, random.Next(1, 4), 1],
                NumHeads = [1, 2, 2, 4], MlpRatio = random.Next(1, 4),
            },
        };
        var (hidden, tags) = (12 * random.Next(1, 4), random.Next(3, 9));
        Engine.Seed((ulong)seed);
        using TaggingModel model = (seed % 3) switch
        {
            0 => new Tag2TextModel(new Tag2TextConfig
            {
                ImageEncoder = image, HiddenSize = hidden, IntermediateSize = 20,
                VocabularySize = TinyTag2Text.Words.Length, MaxPositions = 60,
                TagEncoderLayers = 3, TextDecoderLayers = 2, Tags = tags,
            }),
            1 => new RamModel(new RamConfig
            {
                ImageEncoder = image, EmbeddingSize = 10, HiddenSize = hidden, IntermediateSize = 20,
                VocabularySize = TinyTag2Text.Words.Length,
                MaxPositions = 60, TagEncoderLayers = 2, TextDecoderLayers = 1, Tags = tags,
            }),
            _ => new RamPlusModel(new RamPlusConfig
            {
                ImageEncoder = image, EmbeddingSize = 10, HiddenSize = hidden, IntermediateSize = 20, Tags = tags,
                TextsPerTag = 51, TaggingHeadLayers = 3,
            }),
        };
        model.Train(false);
        var (file, list, words) = (Path.Combine(folder.Path, "c.safetensors"), Path.Combine(folder.Path, "t.txt"),
            Path.Combine(folder.Path, "v.txt"));
        SafetensorsWriter.Write(file, model.AllNames().ToDictionary(p => p.Name, p => p.Parameter.Value));
        File.WriteAllLines(list, Enumerable.Range(0, tags).Select(i => $"tag {i}"));
        File.WriteAllLines(words, TinyTag2Text.Words[..^2]);
        var output = Path.Combine(folder.Path, "m");
        var imported = Import(new() { Checkpoint = file, Output = output, Tags = list, Vocabulary = words });

        Assert.Equal(image.Swin.Depths, encoders[imported.Config.Family](imported.Config).Swin!.Depths);
        Assert.Equal(image.Swin.MlpRatio, encoders[imported.Config.Family](imported.Config).Swin!.MlpRatio);
        using var loaded = ModelFolder.Open(output).OpenModel();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var pixels = Tensors.RandomNormal([2, 3, image.Swin.ImageSize, image.Swin.ImageSize]);
        TensorAssert.Close(model.TagLogits(model.EncodeImages(pixels)),
            loaded.Model.TagLogits(loaded.Model.EncodeImages(pixels)), 1e-4, "logits");
    }

    [Fact]
    public void Run_RatioThatWidthsDoNotTell_IsTheConfigs()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var (file, list, config) = (Path.Combine(folder.Path, "c.safetensors"), Path.Combine(folder.Path, "t.txt"),
            Path.Combine(folder.Path, "c.json"));
        // 3.7 times 12, 24, 48 and 96 cut to whole numbers: 44, 88, 177 and 355, which no ratio of 44 and 12 gives.
        var image = RamFamilyReference.Encoder([1, 1, 1, 1], [1, 2, 4, 8]);
        using (var scope = TensorScope.Begin())
        using (var model = new RamPlusModel(new RamPlusConfig
        {
            ImageEncoder = image with { Swin = image.Swin! with { MlpRatio = 3.7 } }, EmbeddingSize = 8, HiddenSize = 8,
            IntermediateSize = 8, Tags = 2,
        }))
            SafetensorsWriter.Write(file, model.AllNames().ToDictionary(p => p.Name, p => p.Parameter.Value));
        // As an editor leaves it, with empty lines at the end.
        File.WriteAllText(list, "cat\ndog\n\n\n");
        var options = new CheckpointImportOptions { Checkpoint = file, Output = Path.Combine(folder.Path, "m"),
            Tags = list };
        Assert.Contains("layers.3.blocks.0.mlp.fc1.weight",
            Assert.Throws<CheckpointException>(() => Import(options)).Message, StringComparison.Ordinal);

        File.WriteAllText(config, """{"mlp_ratio": 3.7}""");
        Assert.Equal(3.7, Import(options with { Config = config }).Config.RamPlus!.ImageEncoder.Swin!.MlpRatio);
    }

    [Fact]
    public void Run_FaultsOfAllKinds_AreOneMessageAndNothingIsWritten()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var (file, list, config) = (Path.Combine(folder.Path, "c.safetensors"), Path.Combine(folder.Path, "t.txt"),
            Path.Combine(folder.Path, "c.json"));
        using (var scope = TensorScope.Begin())
        {
            using var opened = CheckpointFile.Open(RamFamilyReference.Path("ram_plus/model.pth"));
            var tensors = ((CheckpointDictionary)opened.Root["model"]!).Tensors()
                .ToDictionary(t => t.Key, t => t.Value.Read());
            tensors.Remove("image_proj.bias");
            tensors.Remove("visual_encoder.layers.1.blocks.1.norm2.weight");
            tensors["fc.weight"] = Tensors.Zeros([2, 48]);
            tensors["momentum.weight"] = Tensors.Zeros([3]);
            SafetensorsWriter.Write(file, tensors);
        }
        File.WriteAllText(list, "cat\ndog\n");
        File.WriteAllText(config, """{"kind": "ram", "embed_dim": 192, "image_size": 224, "window_size": 7}""");

        var error = Assert.Throws<CheckpointException>(() => Import(new()
        {
            Checkpoint = file, Output = Path.Combine(folder.Path, "m"), Tags = list,
            Thresholds = Path.Combine(folder.Path, "absent.txt"), Config = config,
        }));

        string[] expected =
        [
            "2 missing: visual_encoder.layers.1.blocks.1.norm2.weight (24), image_proj.bias (512)",
            "1 unexpected: momentum.weight",
            "1 of another shape: fc.weight: expected (1, 48), got (2, 48)",
            "2 lines with text of 2, the checkpoint 48 tags", "absent.txt is not there",
            "kind: the config says ram, the checkpoint is ram_plus",
            "embed_dim: the config says 192, the checkpoint has 12",
        ];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "m")));
    }

    [Fact]
    public void Run_SharedWeightsThatDiffer_SaysWhich()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "c.safetensors");
        using (var scope = TensorScope.Begin())
        {
            using var opened = CheckpointFile.Open(RamFamilyReference.Path("ram/model.pth"));
            var tensors = ((CheckpointDictionary)opened.Root["model"]!).Tensors()
                .ToDictionary(t => t.Key, t => t.Value.Read());
            tensors["tagging_head.encoder.layer.1.output.dense.bias"] = Tensors.Full([48], 3);
            SafetensorsWriter.Write(file, tensors);
        }
        var error = Assert.Throws<CheckpointException>(() =>
            Import(Options("ram", "model.pth", Path.Combine(folder.Path, "m")) with { Checkpoint = file }));
        Assert.Contains("'tagging_head.encoder.layer.1.output.dense.bias' differ", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SkippedNames_AreLeftOut()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "c.safetensors");
        using (var scope = TensorScope.Begin())
        {
            using var opened = CheckpointFile.Open(RamFamilyReference.Path("ram_plus/model.pth"));
            var tensors = ((CheckpointDictionary)opened.Root["model"]!).Tensors()
                .ToDictionary(t => t.Key, t => t.Value.Read());
            tensors["model_clip.weight"] = Tensors.Zeros([3]);
            tensors["model_clip.bias"] = Tensors.Zeros([3]);
            tensors["visual_encoder.head.weight"] = Tensors.Zeros([3]);
            SafetensorsWriter.Write(file, tensors);
        }
        var options = Options("ram_plus", "model.pth", Path.Combine(folder.Path, "m")) with { Checkpoint = file };
        var message = Assert.Throws<CheckpointException>(() => Import(options)).Message;
        Assert.Contains("model_clip.weight", message, StringComparison.Ordinal);
        Assert.Matches(
            "with (--skip model_clip\\. --skip visual_encoder\\.head\\.|--skip visual_encoder\\.head\\. --skip "
            + "model_clip\\.), where", message);
        Assert.Equal(ModelConfig.RamPlusFamily,
            Import(options with { Skip = ["model_clip.", "visual_encoder.head."] }).Config.Family);
    }

    private static void Check(LoadedModel loaded, OpenSetTags tags, string family, string kind)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        var expected = RamFamilyReference.Tensors($"{family}/openset.safetensors")[$"{kind}.logits"];
        TensorAssert.Close(expected,
            loaded.Model.OpenSetLogits(loaded.Model.EncodeImages(RamFamilyReference.Photos(0, 1, 2)), tags.Embeddings),
            1e-4, "logits");
        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path($"{family}/openset.json")));
        using var recognizer = new ImageRecognizer(loaded, new() { Precision = InferencePrecision.Float32 }, tags);
        Assert.Equal(json.RootElement.GetProperty(kind).GetProperty("result").EnumerateArray()
            .Select(r => r.GetString()),
            recognizer.Run(Photos(), TestContext.Current.CancellationToken)
                .Select(r => string.Join(" | ", r.Tags.OrderBy(t => t.Id).Select(t => t.Name))));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ImportedModel Import(CheckpointImportOptions options) => CheckpointImport.Run(options, Cancellation);

    private static void ImportClip(string file, string output) => Import(new()
    {
        Checkpoint = RamFamilyReference.Path($"clip/{file}"), Output = output,
        Config = RamFamilyReference.Path("clip/config.json"),
        Vocabulary = ReferenceData.Require("data/text/clip/bpe_simple_vocab_16e6.txt.gz"),
    });

    private static CheckpointImportOptions Options(string family, string file, string output) => new()
    {
        Checkpoint = RamFamilyReference.Path($"{family}/{file}"), Output = output,
        Tags = RamFamilyReference.Path("tags/tag_list.txt"),
        ChineseTags = RamFamilyReference.Path("tags/ram_tag_list_chinese.txt"),
        Thresholds = family == "tag2text" ? null : RamFamilyReference.Path("tags/ram_tag_list_threshold.txt"),
        Vocabulary = ReferenceData.Require("data/text/bert/vocab.txt"),
        Config = RamFamilyReference.Path($"{family}/config.json"),
    };

    private static IEnumerable<ImageFile> Photos() =>
        ImageFiles.Expand([.. Enumerable.Range(0, 3).Select(i => RamFamilyReference.Path($"images/photo{i}.png"))]);

    // The names of transformers' CLIPModel.
    private static void AddTransformers(Dictionary<string, Tensor> result, string name, Tensor tensor)
    {
        if (name is "input_resolution" or "context_length" or "vocab_size")
            return;
        var side = name.StartsWith("visual.", StringComparison.Ordinal) ? "vision_model" : "text_model";
        var parts = name.Split('.');
        var at = Array.IndexOf(parts, "resblocks");
        if (at >= 0)
        {
            var layer = $"{side}.encoder.layers.{parts[at + 1]}.";
            var rest = string.Join('.', parts[(at + 2)..]);
            if (rest.StartsWith("attn.in_proj_", StringComparison.Ordinal))
            {
                var width = tensor.Size(0) / 3;
                foreach (var (letter, i) in "qkv".Select((letter, i) => (letter, i)))
                    result[$"{layer}self_attn.{letter}_proj.{rest["attn.in_proj_".Length..]}"] =
                        tensor.Narrow(0, i * width, width);
                return;
            }
            result[layer + rest.Replace("attn.out_proj", "self_attn.out_proj", StringComparison.Ordinal)
                .Replace("ln_", "layer_norm", StringComparison.Ordinal)
                .Replace("mlp.c_fc", "mlp.fc1", StringComparison.Ordinal)
                    .Replace("mlp.c_proj", "mlp.fc2", StringComparison.Ordinal)] = tensor;
            return;
        }
        var (own, value) = name switch
        {
            "logit_scale" => ("logit_scale", tensor),
            "text_projection" => ("text_projection.weight", tensor.Transpose(0, 1)),
            "visual.proj" => ("visual_projection.weight", tensor.Transpose(0, 1)),
            "positional_embedding" => ("text_model.embeddings.position_embedding.weight", tensor),
            "token_embedding.weight" => ("text_model.embeddings.token_embedding.weight", tensor),
            "visual.class_embedding" => ("vision_model.embeddings.class_embedding", tensor),
            "visual.conv1.weight" => ("vision_model.embeddings.patch_embedding.weight", tensor),
            "visual.positional_embedding" => ("vision_model.embeddings.position_embedding.weight", tensor),
            _ => (name.Replace("ln_final", "text_model.final_layer_norm", StringComparison.Ordinal)
                .Replace("visual.ln_pre", "vision_model.pre_layrnorm", StringComparison.Ordinal)
                .Replace("visual.ln_post", "vision_model.post_layernorm", StringComparison.Ordinal), tensor),
        };
        result[own] = value;
    }
}
