using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.Ram;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Training;
using Gloss.Training.Ram;

namespace Gloss.Tests.Training.Ram;

public sealed class RamTaskTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly GeneratedData data = new();

    public void Dispose()
    {
        data.Dispose();
        live.Dispose();
    }

    [Fact]
    public void Train_GeneratedPictures_EveryCurveFallsAndTagsAreFound()
    {
        using var task = new RamTask(Options() with { CachedViews = 2 }, seed: 3);

        var (first, last, figures) = ShortRun.Train(task, data.In("run"), steps: 800, learningRate: 1e-3);

        foreach (var name in new[] { "caption", "tagging", "distillation" })
            Assert.True(last[name] < 0.8 * first[name], $"{name}: {first[name]} to {last[name]}");
        Assert.True(figures["mAP"] > 0.9, $"mAP {figures["mAP"]}");
        using var loaded = ModelFolder.Open(data.In("run/best")).OpenModel();
        using var recognizer = new ImageRecognizer(loaded, new() { Top = 1, HasCaption = true });
        var picture = Assert.Single(recognizer.Run([new ImageFile(data.In("images/p33.png"))],
            TestContext.Current.CancellationToken));
        Assert.Equal("cat", Assert.Single(picture.Tags).Name);
        Assert.NotEmpty(picture.Caption!);
    }

    [Fact]
    public void Train_EncoderLearnsToo_WhatItIsDrawnToGetsNearer()
    {
        using var task = new RamTask(Options(), seed: 3);
        using var before = task.Model.State()["visual_encoder.patch_embed.proj.weight"].Clone();

        var (first, last, _) = ShortRun.Train(task, data.In("run"), steps: 20, learningRate: 1e-3);

        foreach (var name in new[] { "caption", "distillation" })
            Assert.True(last[name] < 0.95 * first[name], $"{name}: {first[name]} to {last[name]}");
        using var scope = TensorScope.Begin();
        Assert.True((task.Model.State()["visual_encoder.patch_embed.proj.weight"] - before).Abs().Sum().ToDouble() > 0);
    }

    [Fact]
    public void Losses_OneBatch_AreBalanced()
    {
        using var task =
            new RamTask(Options() with { CachedViews = 1, CaptionsPerImage = 2, DistillationWeight = 0.5, MaxTags = 5 },
            seed: 3);
        Assert.Equal(5, Assert.IsType<RamModel>(task.Model).Config.Tags);
        using var scope = TensorScope.Begin();

        var losses = task.Losses(task.Prepare([0, 1, 2, 3], seed: 9)).ToDictionary(l => l.Key, l => l.Value.ToDouble());

        // Tagging is scaled to the value of captioning.
        Assert.Equal((2 * losses["caption"]) + (0.5 * losses["distillation"]), losses["loss"], 1e-4);
    }

    [Fact]
    public void Model_LabelEmbeddings_AreTheTeachersAndStay()
    {
        using var task = new RamTask(Options() with { CachedViews = 1, LabelSentences = LabelSentences.Name }, seed: 3);
        var model = Assert.IsType<RamModel>(task.Model);
        using var tower = Gloss.Models.Bert.SentenceEncoder.Open(data.In("tower"),
            WordPieceTokenizer.Load(data.In("tower.txt")));
        using var scope = TensorScope.Begin();

        Models.TensorAssert.Close(tower.Embed([.. data.Tags.Select(t => t.Name)]), model.LabelEmbeddings.Value, 1e-5,
            "label embeddings");
        Assert.False(model.LabelEmbeddings.IsTrainable);
    }

    [Fact]
    public void Create_WrongSettings_NamesAll()
    {
        File.WriteAllText(data.In("config.json"), $$"""
            { "task": "ram", "trainer": { "steps": 1 }, "ram": {
              "model": { "imageEncoder": {} }, "tags": "t", "vocabulary": "v", "data": [], "teacher": { "clip": "c", "textTower": "t" },
              "captionsPerImage": 17, "labelSmoothing": 1 } }
            """);

        var error = Assert.Throws<ArgumentException>(() =>
            TrainingTasks.Create(TrainingConfig.Load(data.In("config.json"))));

        foreach (var key in new[] { "ram.data:", "ram.teacher:", "ram.teacher.clipMerges:", "ram.captionsPerImage: 17",
            "ram.labelSmoothing: 1" })
            Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    private RamTaskOptions Options() => new()
    {
        Model = new RamConfig
        {
            ImageEncoder = GeneratedData.Encoder, HiddenSize = 16, Heads = 2, IntermediateSize = 32,
            TagEncoderLayers = 1, TextDecoderLayers = 1,
            TaggingHeadLayers = 1, TaggingHeadHeads = 2, MaxPositions = 40, TagTokens = 12, Dropout = 0,
        },
        Tags = data.In("tags.jsonl"), Vocabulary = data.In("vocab.txt"), Data = [data.Folder],
        CacheFolder = data.In("cache"), MinPositives = 1,
        Teacher = new TeacherOptions { TextTower = data.In("tower"), TextVocabulary = data.In("tower.txt") },
        Generation = new() { MaxLength = 12, MinLength = 5 },
        Augmentation = new() { MinScale = 0.8, OperationCount = 0 },
    };
}
