using Gloss.Images;
using Gloss.Torch;
using Gloss.Training;

namespace Gloss.Tests.Training;

public sealed class TrainingConfigTests
{
    private sealed record Settings
    {
        public required string Data { get; init; }

        public int Beams { get; init; } = 3;

        public float[] Mean { get; init; } = [127, 127, 127];

        public double? Dropout { get; init; }

        public TrainingAugmentation Augmentation { get; init; } = new();

        public Inner Sizes { get; init; } = new();
    }

    private sealed record Inner
    {
        public long Width { get; init; } = 8;
    }

    private const string Good = """
        // gloss train config.json · expected time: 1 s
        {
          "task": "toy", /* the family */
          "trainer": { "epochs": 2, "decay": "linear", "learningRate": 1e-3, },
          "toy": { "data": "photos", "mean": [1, 2, 3], "sizes": { "width": 4 }, "augmentation": { "magnitude": 7, "size": { "width": 32, "height": 32 } } }
        }
        """;

    [Fact]
    public void Read_CommentsAndNestedSettings_AreRead()
    {
        var config = Load(Good);
        var settings = config.Read<Settings>();

        Assert.Equal("toy", config.Task);
        Assert.Equal((2, LearningRateDecay.Linear, 1e-3, 32),
            (config.Trainer.Epochs, config.Trainer.Decay, config.Trainer.LearningRate, config.Trainer.BatchSize));
        Assert.Equal(("photos", 3, 4), (settings.Data, settings.Beams, settings.Sizes.Width));
        Assert.Equal([1, 2, 3], settings.Mean);
        Assert.Equal(7, settings.Augmentation.Magnitude);
        Assert.Equal(new ImageSize(32, 32), settings.Augmentation.Size);
    }

    [Fact]
    public void Load_Overrides_StandAboveTheFile()
    {
        var config = Load(Good, "trainer.epochs=5", "toy.data=other photos", "toy.sizes.width=16", "toy.dropout=0.5");
        var settings = config.Read<Settings>();

        Assert.Equal((5, "other photos", 16, 0.5),
            (config.Trainer.Epochs, settings.Data, settings.Sizes.Width, settings.Dropout));
        Assert.Contains("\"epochs\": 5", config.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Faults_AreAllNamed()
    {
        var config = Load("""
            {
              "task": "toy", "trainr": {},
              "trainer": { "epochs": "two", "bachSize": 8 },
              "toy": { "mean": "grey", "beams": 0.5, "sizes": { "wide": 4 } }
            }
            """);
        var error = Assert.Throws<ArgumentException>(() => config.Read<Settings>());

        Assert.Contains("config.json has 7 faults", error.Message, StringComparison.Ordinal);
        Assert.Contains("trainr: unknown key, did you mean trainer? · valid keys: task, trainer, toy", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("trainer.epochs: \"two\" · expected a whole number, or null", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("trainer.bachSize: unknown key, did you mean batchSize?", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("toy.mean: \"grey\" · expected a list", error.Message, StringComparison.Ordinal);
        Assert.Contains("toy.beams: 0.5 · expected a whole number", error.Message, StringComparison.Ordinal);
        Assert.Contains("toy.sizes.wide: unknown key, did you mean width? · valid keys: width", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("toy.data: missing · expected a text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValuesOutOfRange_AreAllNamed()
    {
        var config = Load(Good, "trainer.batchSize=0", "trainer.decay=cubic", "trainer.epochs=0", "toy.beams=0");
        var kind = Assert.Throws<ArgumentException>(() => config.Read<Settings>());
        Assert.Contains("trainer.decay: \"cubic\" · expected cosine or linear or constant", kind.Message,
            StringComparison.Ordinal);

        var range = Assert.Throws<ArgumentException>(() =>
            Load(Good, "trainer.batchSize=0", "trainer.epochs=0", "toy.beams=0")
            .Read<Settings>(s => s.Beams < 1 ? [$"beams: {s.Beams} · expected 1 or more"] : []));
        Assert.Contains("trainer.batchSize: 0 · expected 1 to 65536", range.Message, StringComparison.Ordinal);
        Assert.Contains("trainer.epochs: 0 · expected 1 or more", range.Message, StringComparison.Ordinal);
        Assert.Contains("toy.beams: 0 · expected 1 or more", range.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"task\": 3 }", "task: 3")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{ \"task\": ", "no training config")]
    public void Load_NoConfig_SaysWhatIsWrong(string text, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => Load(text));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Claim_RunOfAnotherConfig_NamesTheKeys()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "checkpoint"));
        File.WriteAllText(Path.Combine(folder.Path, "checkpoint", "latest"), "step-000000001");
        Load(Good).Claim(folder.Path);
        Load(Good, "trainer.workers=7", "trainer.maxMinutes=1").Claim(folder.Path);

        var error = Assert.Throws<TrainingException>(() => Load(Good, "trainer.learningRate=0.5", "toy.beams=1")
            .Claim(folder.Path));

        Assert.Contains("trainer.learningRate: 1e-3 there, 0.5 here", error.Message, StringComparison.Ordinal);
        Assert.Contains("toy.beams: not given there, 1 here", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("workers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_UnknownTask_ListsTheTasks()
    {
        var error = Assert.Throws<ArgumentException>(() => TrainingTasks.Create(Load(Good)));
        Assert.Contains("unknown task 'toy' · hint:", error.Message, StringComparison.Ordinal);
    }

    private static TrainingConfig Load(string text, params string[] overrides)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(path, text);
        return TrainingConfig.Load(path, overrides);
    }
}
