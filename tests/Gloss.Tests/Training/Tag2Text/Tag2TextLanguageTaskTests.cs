using Gloss.Data;
using Gloss.Tests.Inference;
using Gloss.Torch;
using Gloss.Training;
using Gloss.Training.Tag2Text;

namespace Gloss.Tests.Training.Tag2Text;

public sealed class Tag2TextLanguageTaskTests
{
    [Fact]
    public void Run_CaptionsWithoutPictures_PerplexityFalls()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var task = new Tag2TextLanguageTask(Options(folder), seed: 3);
        var before = Measured(task);

        var result = new Trainer(task, new TrainerOptions { Steps = 60, Epochs = null, BatchSize = 1,
            LearningRate = 1e-2, WarmUpSteps = 5, Workers = 1 },
            Path.Combine(folder.Path, "run")).Run(TestContext.Current.CancellationToken);

        Assert.Equal(TrainingEnd.Finished, result.End);
        Assert.InRange(Measured(task), 1, before / 2);
        Assert.True(File.Exists(Path.Combine(folder.Path, "run", "best", "model.safetensors")));
    }

    [Fact]
    public void Losses_ModelWithClasses_AreThoseWithoutThem()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        var options = Options(folder);
        using var task = new Tag2TextLanguageTask(options with { Model = options.Model with { Classes = 30 } },
            seed: 3);
        using var plain = new Tag2TextLanguageTask(options, seed: 3);
        task.Model.Load(plain.Model.State(), mayMiss: name => name.StartsWith("class_evidence."));
        task.Model.Train(false);
        plain.Model.Train(false);

        double Loss(Tag2TextLanguageTask of) => of.Losses(of.Prepare([0, 1], 5))["loss"].ToDouble();

        Assert.Equal(Loss(plain), Loss(task), 1e-5);
    }

    [Fact]
    public void Prepare_EqualSeeds_GiveEqualLosses()
    {
        using var folder = new TemporaryFolder();
        using var task = new Tag2TextLanguageTask(Options(folder), seed: 3);
        task.Model.Train(false);
        using var scope = TensorScope.Begin();

        double Loss(ulong seed) => task.Losses(task.Prepare([0, 1], seed))["loss"].ToDouble();

        Assert.Equal(Loss(5), Loss(5));
        Assert.NotEqual(Loss(5), Loss(6));
    }

    [Fact]
    public void Constructor_FewerCaptionsThanTogether_SaysHowManyAreNeeded()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<DatasetException>(() =>
            new Tag2TextLanguageTask(Options(folder) with { CaptionsTogether = 500 }, seed: 3));

        Assert.Contains("500 captions", error.Message, StringComparison.Ordinal);
    }

    private static double Measured(TrainingTask task)
    {
        task.Model.Train(false);
        return task.Evaluate(CancellationToken.None)["perplexity"];
    }

    private static Tag2TextLanguageOptions Options(TemporaryFolder folder)
    {
        string In(string name) => Path.Combine(folder.Path, name);
        TinyTag2Text.Tags.Save(In("tags.jsonl"));
        TinyTag2Text.Tokenizer.Save(In("vocab.txt"));
        string[] captions = ["a dog on the beach", "a red dog", "cat on the grass", "a cat on the beach"];
        File.WriteAllLines(In("captions.txt"), Enumerable.Range(0, 40).Select(i => captions[i % captions.Length]));
        File.WriteAllLines(In("captions.jsonl"), Enumerable.Range(0, 4).Select(i =>
            $$"""{"image": "{{i}}.jpg", "split": "val", "captions": ["{{captions[i]}}", "{{captions[3 - i]}}"]}"""));
        return new Tag2TextLanguageOptions
        {
            Model = TinyTag2Text.Config, Tags = In("tags.jsonl"), Vocabulary = In("vocab.txt"),
            Captions = [In("captions.txt")], Data = folder.Path, CaptionsTogether = 4, MaxCaptionTokens = 16,
        };
    }
}
