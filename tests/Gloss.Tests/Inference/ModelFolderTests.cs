using Gloss.Inference;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Inference;

public sealed class ModelFolderTests
{
    [Theory]
    [InlineData(WeightPrecision.Float32, 0)]
    [InlineData(WeightPrecision.Float16, 0.001)]
    [InlineData(WeightPrecision.BFloat16, 0.01)]
    [InlineData(WeightPrecision.Int8, 0.02)]
    public void SaveOpen_EachPrecision_GivesTheModelBack(WeightPrecision precision, double tolerance)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path, precision);

        var opened = ModelFolder.Open(folder.Path);
        using var loaded = opened.OpenModel();

        Assert.Equal(TinyTag2Text.Config, opened.Config.Tag2Text);
        Assert.Equal(TinyTag2Text.Tags.Select(t => t.Name), loaded.Predictor.Vocabulary.Select(t => t.Name));
        Assert.Equal(new Tag2TextTokens(TinyTag2Text.Tokenizer, model.Config).Prompt.Prompt,
            loaded.Predictor.Tokens.Prompt.Prompt);
        var state = model.State();
        foreach (var (name, value) in loaded.Model.State())
        {
            var (expected, got) = (state[name].ToArray<float>(), value.ToArray<float>());
            // Rounding is relative to the largest of a row; vectors are stored as they are.
            var allowed = value.Rank < 2 ? 0 : tolerance * expected.Max(Math.Abs);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - got[i]) <= allowed, $"{name}[{i}]: {expected[i]}, {got[i]}");
        }
    }

    [Fact]
    public void SaveOpen_Int8_TakesAQuarterAndTagsNearlyAlike()
    {
        using var whole = new TemporaryFolder();
        using var small = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, whole.Path, WeightPrecision.Float32);
        TinyTag2Text.Save(model, small.Path, WeightPrecision.Int8,
            name => name.StartsWith("fc.", StringComparison.Ordinal) ? WeightPrecision.Float16 : null);
        using var loaded = ModelFolder.Open(small.Path).OpenModel();
        using var file = SafetensorsFile.Open(Path.Combine(small.Path, "model.safetensors"));
        using var tokens = TinyTag2Text.ImageTokens(model, 3);

        Assert.Equal(ScalarType.Float16, file.Entries["fc.W"].Type);
        Assert.Equal(ScalarType.Int8, file.Entries["label_embed.weight"].Type);
        long Length(TemporaryFolder f) => new FileInfo(Path.Combine(f.Path, "model.safetensors")).Length;
        Assert.True(Length(small) < Length(whole) / 2, $"{Length(small)} of {Length(whole)}");
        var expected = TinyTag2Text.Predictor(model).TagProbabilities(tokens);
        var got = loaded.Predictor.TagProbabilities(tokens);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], got[i], 0.02);
    }

    [Fact]
    public void OpenModel_TaggingParts_TagsAlike()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        using var whole = ModelFolder.Open(folder.Path).OpenModel();
        using var loaded = ModelFolder.Open(folder.Path).OpenModel(ModelParts.Tagging);
        using var tokens = TinyTag2Text.ImageTokens(model, 2);

        Assert.Equal(whole.Predictor.TagProbabilities(tokens), loaded.Predictor.TagProbabilities(tokens));
    }

    [Fact]
    public void Open_ConfigWithAbsentKeys_TakesTheirDefaults()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """
            {"format_version": 1, "family": "tag2text", "preprocessing": {"mean": [1, 2, 3]},
             "tag2text": {"image_encoder": {"efficient_net_lite": {"image_size": 64}}, "tags": 5, "vocabulary_size": 22}}
            """);

        var config = ModelFolder.Open(folder.Path).Config;

        Assert.Equal(0.68f, config.Threshold);
        Assert.Equal(new GenerationOptions(), config.Generation);
        Assert.Equal([1f, 2, 3], config.Preprocessing.Mean);
        Assert.Equal([128f, 128, 128], config.Preprocessing.Deviation);
        Assert.Equal(768, config.Tag2Text!.HiddenSize);
        Assert.Equal(1, config.Tag2Text.ImageEncoder.EfficientNetLite!.WidthCoefficient);
    }

    [Theory]
    [InlineData("""{"format_version": 1, "family": "tag2text", "colour": 3}""", "colour")]
    [InlineData("""{"format_version": 1, "format_version": 1}""", "format_version")]
    [InlineData("[]", "config.json")]
    [InlineData("", "config.json")]
    public void Open_ConfigOfAnotherForm_SaysWhere(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), json);

        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SeveralFaults_ListsAll()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """
            {"format_version": 7, "family": "tag2text", "preprocessing": {"mean": [1], "deviation": [1, 0, 1]}, "threshold": 3,
             "excluded_tags": [9], "tag2text": {"image_encoder": {"efficient_net_lite": {"image_size": 1000000000}}, "tags": 5,
             "hidden_size": 10, "heads": 3, "text_decoder_layers": 1000000000}, "generation": {"beams": 0, "max_length": 2000}}
            """);

        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path));

        string[] expected =
        [
            "format_version: expected 1, got 7", "preprocessing.mean", "preprocessing.deviation",
            "threshold: expected 0 to 1, got 3",
            "excluded_tags", "image_size: expected 32 to 4096, got 1000000000",
            "heads: expected a divisor of hidden_size 10, got 3",
            "text_decoder_layers: expected 1 to 256", "beams: expected 1 to 64, got 0",
            "at most max_positions 512, got 2000",
            "model.safetensors is missing", "tags.jsonl is missing", "vocab.txt is missing",
        ];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void OpenModel_FilesOfOtherModels_ListsAll()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        var tags = Path.Combine(folder.Path, "tags.jsonl");
        File.WriteAllLines(tags, File.ReadAllLines(tags)[..3]);
        File.AppendAllText(Path.Combine(folder.Path, "vocab.txt"), "more\n");

        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path).OpenModel());

        Assert.Contains("tags.jsonl has 3 tags, the config says 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("vocab.txt has 23 tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenModel_WeightsOfAnotherModel_ListsThem()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        using var other = TinyTag2Text.Model(TinyTag2Text.Config with { TextDecoderLayers = 2, IntermediateSize = 24 });
        StoredWeights.Save(other, Path.Combine(folder.Path, "model.safetensors"), _ => WeightPrecision.Int8);

        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path).OpenModel());

        Assert.Contains("unexpected", error.Message, StringComparison.Ordinal);
        Assert.Contains("of another shape", error.Message, StringComparison.Ordinal);
        Assert.Contains("text_decoder.bert.encoder.layer.1.intermediate.dense.weight", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage that is longer than eight bytes")]
    public void OpenModel_BrokenWeights_SaysSo(string content)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "model.safetensors"), content);

        Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path).OpenModel());
    }

    [Fact]
    public void OpenModel_Int8WithoutScale_SaysSo()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        TinyTag2Text.Save(model, folder.Path, WeightPrecision.Int8);
        var path = Path.Combine(folder.Path, "model.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            var all = file.ReadAll();
            all.Remove("label_embed.weight.scale");
            SafetensorsWriter.Write(path, all);
        }

        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path).OpenModel());

        Assert.Contains("label_embed.weight Int8 (5, 16) needs label_embed.weight.scale", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Find_UnknownName_SaysWhereItLookedAndWhatToDo()
    {
        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Find("no-such-model"));

        Assert.Contains("no model 'no-such-model'", error.Message, StringComparison.Ordinal);
        Assert.Contains(ModelFolder.ModelsDirectory, error.Message, StringComparison.Ordinal);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_PartsThatDoNotFit_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();

        var error = Assert.Throws<ArgumentException>(() =>
            ModelFolder.Save(folder.Path, TinyTag2Text.FolderConfig with { Threshold = 2 },
            model, TinyTag2Text.Tokenizer, new TagVocabulary(TinyTag2Text.Tags.Take(2)), ""));

        Assert.Contains("threshold", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 tags, the model has 5", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
