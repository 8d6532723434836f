using Gloss.Inference;
using Gloss.Models.RamPlus;
using Gloss.Tests.Training.Ram;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Training.Ram;
using Gloss.Training.RamPlus;

namespace Gloss.Tests.Training.RamPlus;

public sealed class RamPlusTaskTests : IDisposable
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
        new TagDescriptions(
            data.Tags.Select(t =>
            (t.Name, (IReadOnlyList<string>)[$"a photo of a {t.Name}", $"the big {t.Name}",
            $"a {t.Name} on the red carpet"])))
            .Save(data.In("descriptions.json"));
        using var task =
            new RamPlusTask(Options() with { CachedViews = 2, Descriptions = data.In("descriptions.json") }, seed: 3);
        Assert.Equal(3, Assert.IsType<RamPlusModel>(task.Model).Config.TextsPerTag);

        var (first, last, figures) = ShortRun.Train(task, data.In("run"), steps: 500, learningRate: 2e-3, batchSize: 4);

        foreach (var (name, share) in new[] { ("alignment", 0.95), ("tagging", 0.9), ("distillation", 0.7),
            ("loss", 0.9) })
            Assert.True(last[name] < share * first[name], $"{name}: {first[name]} to {last[name]}");
        // By chance, one of eight rows, it is (1 + 1/2 + … + 1/8) / 8 = 0.34.
        Assert.True(figures["mAP"] > 0.6, $"mAP {figures["mAP"]}");
        Assert.InRange(figures["caption R@5"], 0.7, 1);
        using var loaded = ModelFolder.Open(data.In("run/best")).OpenModel();
        Assert.IsType<RamPlusModel>(loaded.Model);
        Assert.InRange(figures["caption R@5"], 0, 1);
    }

    [Fact]
    public void Losses_OneBatch_AddUpWithTheirWeights()
    {
        using var task =
            new RamPlusTask(Options() with { CachedViews = 1, AlignmentWeight = 0.25, DistillationWeight = 3 },
            seed: 3);
        Assert.Equal(63, Assert.IsType<RamPlusModel>(task.Model).Config.TextsPerTag);
        using var scope = TensorScope.Begin();

        var losses = task.Losses(task.Prepare([0, 1, 2, 3], seed: 9)).ToDictionary(l => l.Key, l => l.Value.ToDouble());

        Assert.Equal((4 * losses["tagging"]) + (3 * losses["distillation"]) + (0.25 * 4 * losses["alignment"]),
            losses["loss"], 1e-3);
    }

    [Fact]
    public void Train_CountedIds_ComeFromTheListOfThePublishedForm()
    {
        File.WriteAllText(data.In("train.json"), $$"""
            [{"image_path": "{{data.In("images/p0.png")}}", "caption": ["a dog"], "parse_label_id": [[3]], "union_label_id": [1, 3]}]
            """);
        var picture = Assert.Single(TaggedPicture.Read(data.In("train.json"), "train", data.Tags,
            new Gloss.Text.Mining.TagMiner(data.Tags)));

        Assert.Equal([1, 3], picture.Tags);
        Assert.Equal([3], Assert.Single(picture.CaptionTags));
    }

    private RamPlusTaskOptions Options() => new()
    {
        Model = new RamPlusConfig
        {
            ImageEncoder = GeneratedData.Encoder, HiddenSize = 32, IntermediateSize = 64, TaggingHeadLayers = 1,
            TaggingHeadHeads = 2, Dropout = 0,
        },
        Tags = data.In("tags.jsonl"), Data = [data.Folder], CacheFolder = data.In("cache"), MinPositives = 1,
        Teacher = new TeacherOptions { TextTower = data.In("tower"), TextVocabulary = data.In("tower.txt") },
        Augmentation = new() { MinScale = 0.8, OperationCount = 0 },
    };
}
