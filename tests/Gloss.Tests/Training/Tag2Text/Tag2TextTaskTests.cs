using Gloss.Data;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.Tag2Text;
using Gloss.Tests.Inference;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Training;
using Gloss.Training.Tag2Text;

namespace Gloss.Tests.Training.Tag2Text;

public sealed class Tag2TextTaskTests
{
    private static readonly string[] captions =
        ["a dog on the beach", "a red cat", "cat on the grass", "a red dog run"];

    [Theory]
    [InlineData(3, false)]
    [InlineData(0, false)]
    [InlineData(2, true)]
    public void Run_CaptionedAndLabelledPictures_LossFallsAndTheModelOpens(int cachedViews, bool taggingOnly)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var run = Path.Combine(folder.Path, "run");
        using (var task = new Tag2TextTask(Options(folder)
            with { CachedViews = cachedViews, TaggingOnly = taggingOnly }, seed: 3))
        {
            var before = Loss(task);
            var options = new TrainerOptions { Steps = 30, BatchSize = 6, LearningRate = 5e-3, WarmUpSteps = 3,
                Workers = 1 };

            var result = new Trainer(task, options, run).Run(TestContext.Current.CancellationToken);

            Assert.Equal(TrainingEnd.Finished, result.End);
            Assert.InRange(Loss(task), 0, 0.9 * before);
            Assert.Equal(12, task.ExampleCount);
        }
        using var model = ModelFolder.Open(Path.Combine(run, "best")).OpenModel();
        Assert.NotNull(model.Config.EncoderRanges);
        using var recognizer = new ImageRecognizer(model,
            new() { Top = 2, HasCaption = true, Precision = InferencePrecision.Int8 });
        var seen = Assert.Single(recognizer.Run(ImageFiles.Expand([Path.Combine(folder.Path, "images", "0.png")]),
            TestContext.Current.CancellationToken));
        Assert.Null(seen.Error);
        Assert.Equal(2, seen.Tags.Count);
    }

    [Fact]
    public void Run_DecoderSeesTheImage_LossFallsAndCaptionsComeOut()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder);
        var width = options.Model.HiddenSize;
        options = options with { CachedViews = 1, Model = options.Model
            with { DecoderSeesImage = true, ImageProjection = width } };
        using (var task = new Tag2TextTask(options, seed: 3))
        {
            var before = Loss(task);
            new Trainer(task, new() { Steps = 30, BatchSize = 6, LearningRate = 5e-3, Workers = 1 },
                Path.Combine(folder.Path, "run"))
                .Run(TestContext.Current.CancellationToken);
            Assert.InRange(Loss(task), 0, 0.9 * before);
        }
        using var model = ModelFolder.Open(Path.Combine(folder.Path, "run", "best")).OpenModel();
        using var recognizer = new ImageRecognizer(model, new() { HasCaption = true });
        var files = ImageFiles.Expand([Path.Combine(folder.Path, "images")]);
        Assert.All(recognizer.Run(files, TestContext.Current.CancellationToken),
            picture => Assert.NotEqual("", picture.Caption));
    }

    [Fact]
    public void Run_FrozenStages_StagesAboveThemLearnAndThoseBelowStay()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var options = Options(folder) with { CachedViews = 2, FrozenStages = 5 };
        using var task = new Tag2TextTask(options, seed: 3);
        using var scope = TensorScope.Begin();
        string[] watched = ["visual_encoder._blocks.1._project_conv.weight", "visual_encoder._conv_head.weight"];
        var before = watched.ToDictionary(name => name, name => task.Model.State()[name].ToArray<float>());
        var loss = Loss(task);

        Train(task, Path.Combine(folder.Path, "run"), 30);

        Assert.InRange(Loss(task), 0, 0.9 * loss);
        Assert.Equal(before[watched[0]], task.Model.State()[watched[0]].ToArray<float>());
        Assert.NotEqual(before[watched[1]], task.Model.State()[watched[1]].ToArray<float>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void Losses_FrozenStages_AreThoseOfTheWholeEncoder(int stages)
    {
        using var folder = new TemporaryFolder();
        using var whole = new Tag2TextTask(Options(folder) with { CachedViews = 1 }, seed: 3);
        using var parted = new Tag2TextTask(Options(folder) with { CachedViews = 1, FrozenStages = stages }, seed: 3);

        // Maps are kept in half precision.
        Assert.Equal(Loss(whole), Loss(parted), 2e-2);
    }

    [Fact]
    public void Start_OtherTags_KnownOnesKeepTheirQueriesAndClassifiers()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder) with { CachedViews = 1 };
        var start = Path.Combine(folder.Path, "start.safetensors");
        var others = Path.Combine(folder.Path, "others.jsonl");
        var last = TinyTag2Text.Tags[^1];
        new TagVocabulary([last with { Id = 0, Name = "another", Synonyms = [last.Name] },
            new Tag(1, "unheard", last.Type, [], null, null)]).Save(others);
        float[] known;
        using (var task = new Tag2TextTask(options, seed: 3))
        {
            using var scope = TensorScope.Begin();
            SafetensorsWriter.Write(start, task.Model.State());
            known = task.Model.State()["fc.W"].Select(1, last.Id).ToArray<float>();
        }
        using var renamed =
            new Tag2TextTask(options with { Start = start, StartTags = options.Tags, Tags = others, Labelled = [] },
            seed: 4);
        using var inner = TensorScope.Begin();

        Assert.Equal(known, renamed.Model.State()["fc.W"].Select(1, 0).ToArray<float>());
        Assert.Equal(2, renamed.Model.State()["label_embed.weight"].Size(0));
    }

    [Fact]
    public void Run_Classifier_IsReadOffTheImageTokensAndSpeaksForItsTags()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var options = WithClassifier(Options(folder), folder);
        using var scope = TensorScope.Begin();
        using var task = new Tag2TextTask(options, seed: 3);
        var model = (Tag2TextModel)task.Model;
        float[] Classes() => [.. model.ClassEvidence!.Classes.Weight.Value.ToArray<float>()];

        // As the classifier itself sees the same features.
        using (GradientMode.None())
        {
            model.Train(false);
            using var encoder = new PictureEncoder(model, options.Preprocessing);
            var image = new ImageDecoder().Decode(Path.Combine(folder.Path, "images", "1.png"));
            using var weights = SafetensorsFile.Open(options.Classifier!.Weights);
            var features = model.VisualEncoder.Forward(PixelTensors.Normalize([encoder.Fit(image)],
                options.Preprocessing.Mean, options.Preprocessing.Deviation));
            var logits = features.Select(1, 0).Linear(weights.Read("_fc.weight"), weights.Read("_fc.bias"));
            var seen = model.ClassEvidence!.Probabilities(model.ProjectTokens(features)).ToArray<float>();
            Assert.Equal(logits.Softmax(-1).ToArray<float>(), seen, (a, b) => MathF.Abs(a - b) < 1e-5f);
            model.Train(true);
        }
        // "puppy" is the dog, and "nothing" no tag.
        Assert.Equal([-1f, 0f, 4f, 4f, 0f, -1f], model.ClassEvidence.Tags.Weight.Value.ToArray<float>()[..6]);
        var (classes, tags) = (Classes(), model.ClassEvidence.Tags.Weight.Value.ToArray<float>());

        Train(task, Path.Combine(folder.Path, "run"), 10);

        Assert.Equal(classes, Classes());
        Assert.NotEqual(tags, model.ClassEvidence.Tags.Weight.Value.ToArray<float>());
        using var opened = ModelFolder.Open(Path.Combine(folder.Path, "run", "best")).OpenModel();
        Assert.NotNull(((Tag2TextModel)opened.Model).ClassEvidence);

        // What has been learned stays when another run starts from it.
        var learned = Path.Combine(folder.Path, "run", "best", "model.safetensors");
        using var next = new Tag2TextTask(options with { Start = learned }, seed: 4);
        var counts = next.Model.State()["class_evidence.tags.weight"].ToArray<float>();
        Assert.NotEqual(tags, counts);
        Assert.Contains(counts, value => value is not (0 or -1 or 4));
        Assert.False(task.IsFromStart("class_evidence.tags.weight"));
        Assert.True(next.IsFromStart("class_evidence.tags.weight") && task.IsFromStart("fc.W"));
        Assert.False(next.Model.NamedParameters().Single(p => p.Name == "class_evidence.classes.weight").Parameter
            .IsTrainable);
    }

    [Fact]
    public void Classifier_OfOtherSizes_IsRefusedWithThem()
    {
        using var folder = new TemporaryFolder();
        var options = WithClassifier(Options(folder), folder);
        Assert.Contains("_fc.weight", Assert.Throws<CheckpointException>(() => new Tag2TextTask(
            options with { Model = options.Model with { Classes = 4 } }, seed: 3)).Message);
        File.WriteAllText(options.Classifier!.Classes, """[{"name": "puppy"}]""");
        Assert.Contains("3 classes, got 1",
            Assert.Throws<DatasetException>(() => new Tag2TextTask(options, seed: 3)).Message);
        File.WriteAllText(options.Classifier!.Classes, """[{"name": "x"}, {"name": "y"}, {"name": "z"}]""");
        Assert.Contains("names a tag",
            Assert.Throws<DatasetException>(() => new Tag2TextTask(options, seed: 3)).Message);
        Assert.Contains((options with { LabelNames = null }).Faults(), fault => fault.StartsWith("classifier: "));
        Assert.Contains((options with { Classifier = null }).Faults(), fault => fault.StartsWith("model.classes: "));
    }

    [Theory]
    [InlineData(0.9, 16, true)]
    [InlineData(0.0, 0, false)]
    [InlineData(0.0, 16, true)]
    public void Run_Alignment_PicturesAndTextsFindEachOther(double momentum, int queue, bool tagGuidance)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var options = Aligned(Options(folder)) with
        {
            Data = [DistinctCaptions(folder)], AlignmentOnly = true,
            Alignment = new() { Momentum = momentum, Queue = queue, HasTagGuidance = tagGuidance, Softness = 0.1 },
        };
        using (var task = new Tag2TextTask(options, seed: 3))
        {
            var before = Loss(task);
            Train(task, Path.Combine(folder.Path, "run"), 60);
            Assert.InRange(Loss(task), 0, 0.9 * before);
        }
        using var model = ModelFolder.Open(Path.Combine(folder.Path, "run", "best")).OpenModel();
        using var recognizer = new ImageRecognizer(model);
        var images = CaptionedImages.Read(options.Data[0], "train").Take(4).ToList();
        var report = RetrievalEvaluation.Run(recognizer, model.Predictor, images,
            new() { Reranked = 3, TagWeights = [0, 0.01] },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(4, report.Ways.Count);
        Assert.InRange(report.Ways[0].TextToImage.R1, 0.75, 1);
        Assert.InRange(report.Ways[0].ImageToText.R1, 0.75, 1);
    }

    // The same pictures, each colour with one caption of its own.
    private static string DistinctCaptions(TemporaryFolder folder)
    {
        var path = Path.Combine(folder.Path, "distinct");
        Directory.CreateDirectory(path);
        Directory.CreateSymbolicLink(Path.Combine(path, "images"), Path.Combine(folder.Path, "images"));
        File.WriteAllLines(Path.Combine(path, "captions.jsonl"), Enumerable.Range(0, 10).Select(i =>
            $$"""{"image": "{{i}}.png", "split": "{{(i < 8 ? "train" : "val")}}", "captions": ["{{captions[i % 4]}}"]}"""));
        return path;
    }

    [Fact]
    public void Run_AlignmentBesideTheOthers_ResumesToTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        var options = Aligned(Options(folder)) with { Alignment = new() { Momentum = 0.9, Queue = 8 } };
        float[] Queue(string run, int? stopAt)
        {
            var settings = new TrainerOptions { Steps = 8, BatchSize = 4, LearningRate = 1e-3, Workers = 1,
                EvaluateEverySteps = 100 };
            if (stopAt is { } step)
            {
                using var stop = new CancellationTokenSource();
                using var task = new Tag2TextTask(options, seed: 3);
                var result = new Trainer(task, settings, run, new Progress(p => { if (p.Step == step) stop.Cancel(); }))
                    .Run(stop.Token);
                Assert.Equal((TrainingEnd.Cancelled, step), (result.End, result.Step));
            }
            using (var task = new Tag2TextTask(options, seed: 3))
                new Trainer(task, settings, run).Run(TestContext.Current.CancellationToken);
            using var scope = TensorScope.Begin();
            var latest = Path.Combine(run, "checkpoint",
                File.ReadAllText(Path.Combine(run, "checkpoint", "latest")).Trim());
            using var file = SafetensorsFile.Open(Path.Combine(latest, "companion.safetensors"));
            return file.ReadAll()["image_queue"].ToArray<float>();
        }
        Assert.Equal(Queue(Path.Combine(folder.Path, "whole"), null), Queue(Path.Combine(folder.Path, "parts"), 3));
    }

    private sealed class Progress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private static Tag2TextTaskOptions Aligned(Tag2TextTaskOptions options) => options with
    {
        CachedViews = 1, Labelled = [],
        Model = options.Model
            with { Alignment = new() { Layers = 2, Width = 16, MaxTokens = 12, HasMeanPooling = true } },
    };

    [Fact]
    public void Run_SelfCritical_RewardRises()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var options = Options(folder) with { CachedViews = 1, Labelled = [], CaptionsPerImage = 1 };
        var start = Path.Combine(folder.Path, "start");
        using (var task = new Tag2TextTask(options, seed: 3))
            Train(task, start, 60);
        var weights = Path.Combine(start, "checkpoint", File.ReadAllText(Path.Combine(start, "checkpoint", "latest"))
            .Trim(), "weights.safetensors");
        using var critical = new Tag2TextTask(options with
        {
            Start = weights, CaptioningOnly = true, CiderSamples = 6, CiderWeight = 100, LabelSmoothing = 0,
        }, seed: 4);
        var before = Reward(critical);

        Train(critical, Path.Combine(folder.Path, "run"), 40);

        Assert.InRange(Reward(critical), before + 0.1, 10);
    }

    private static void Train(Tag2TextTask task, string run, int steps) =>
        new Trainer(task, new() { Steps = steps, BatchSize = 8, LearningRate = 5e-3, Workers = 1,
            EvaluateEverySteps = steps }, run)
            .Run(TestContext.Current.CancellationToken);

    // Mean over several draws.
    private static double Reward(Tag2TextTask task)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        int[] all = [.. Enumerable.Range(0, task.ExampleCount)];
        return Enumerable.Range(0, 8).Average(i => task.Losses(task.Prepare(all, (ulong)i))["reward"].ToDouble());
    }

    [Fact]
    public void Losses_WeightOfOtherTagsZero_LabelledPicturesTeachTheirLabelsAlone()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        var loss = new double[2];
        foreach (var weight in new[] { 0, 1 })
        {
            using var task = new Tag2TextTask(Options(folder)
                with { CachedViews = 1, TaggingOnly = true, UnlabelledWeight = weight }, seed: 3);
            task.Model.Train(false);
            // The last four are labelled.
            loss[weight] = task.Losses(task.Prepare([8, 9, 10, 11], 1))["loss"].ToDouble();
        }
        Assert.InRange(loss[0], 1e-6, loss[1] * 0.999);
    }

    private static double Loss(Tag2TextTask task)
    {
        task.Model.Train(false);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        return task.Losses(task.Prepare(Enumerable.Range(0, task.ExampleCount).ToArray(), 1))["loss"].ToDouble();
    }

    // Eight captioned pictures and four labelled ones, each kind of one colour; two captioned ones to measure.
    private static Tag2TextTaskOptions Options(TemporaryFolder folder)
    {
        string In(params string[] parts) => Path.Combine([folder.Path, .. parts]);
        TinyTag2Text.Tags.Save(In("tags.jsonl"));
        TinyTag2Text.Tokenizer.Save(In("vocab.txt"));
        Directory.CreateDirectory(In("images"));
        Directory.CreateDirectory(In("labelled", "images"));
        for (var i = 0; i < 10; i++)
        {
            Paint(In("images", $"{i}.png"), i % 4);
            Paint(In("labelled", "images", $"{i}.png"), i % 4);
        }
        File.WriteAllLines(In("captions.jsonl"), Enumerable.Range(0, 10).Select(i =>
            $$"""{"image": "{{i}}.png", "split": "{{(i < 8 ? "train" : "val")}}", "captions": ["{{captions[i % 4]}}", "{{captions[(i + 2) % 4]}}"]}"""));
        File.WriteAllLines(In("labelled", "labels.jsonl"), Enumerable.Range(0, 5).Select(i =>
            $$"""{"image": "{{i}}.png", "tags": ["{{(i == 4 ? "nameless" : i % 2 == 0 ? "puppy" : "red cat")}}"]}"""));
        return new Tag2TextTaskOptions
        {
            Model = TinyTag2Text.Config, Tags = In("tags.jsonl"), Vocabulary = In("vocab.txt"), Data = [folder.Path],
            Labelled = [In("labelled")], CacheFolder = In("cache"), CaptionsPerImage = 2, MaxCaptionTokens = 16,
            RecognisedGuides = 0.5, TagDropout = 1, Generation = new() { MaxLength = 12, MinLength = 5 },
            SavedPrecision = WeightPrecision.Int8,
        };
    }

    // A classifier of three classes on the tiny encoder's features.
    private static Tag2TextTaskOptions WithClassifier(Tag2TextTaskOptions options, TemporaryFolder folder)
    {
        string In(string name) => Path.Combine(folder.Path, name);
        using var scope = TensorScope.Begin();
        Engine.Seed(11);
        SafetensorsWriter.Write(In("classifier.safetensors"), new Dictionary<string, Tensor>
        {
            ["_fc.weight"] = Tensors.RandomNormal([3, 1280]), ["_fc.bias"] = Tensors.RandomNormal([3]),
        });
        File.WriteAllText(In("classes.json"), """[{"name": "tabby"}, {"name": "nothing"}, {"name": "puppy"}]""");
        File.WriteAllText(In("names.tsv"), "tabby\tcat\nnothing\t\nred cat\tred, cat\n");
        return options with
        {
            CachedViews = 1, TaggingOnly = true, Model = options.Model with { Classes = 3 },
            LabelNames = In("names.tsv"),
            Classifier = new() { Weights = In("classifier.safetensors"), Classes = In("classes.json") },
        };
    }

    private static void Paint(string path, int colour)
    {
        var picture = new RgbImage(80, 72);
        for (var i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)((i % 3 == colour % 3 ? 200 : 30) + i % 7 + colour * 10);
        ImageEncoder.Save(picture, path);
    }
}
