using Gloss.Data.Grounding;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Tests.Inference.Grounding;
using Gloss.Torch;
using Gloss.Training.Grounding;

namespace Gloss.Tests.Training.Grounding;

public sealed class GroundingTaskTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly TemporaryFolder folder = new();

    public GroundingTaskTests()
    {
        Directory.CreateDirectory(In("images"));
        File.WriteAllLines(In("vocab.txt"), Enumerable.Range(0, TinyGrounding.Tokenizer.VocabularySize)
            .Select(TinyGrounding.Tokenizer.TokenOf));
        ImageEncoder.Save(GrounderTests.Noise(40, 30), In("images/a.png"));
        ImageEncoder.Save(GrounderTests.Noise(30, 40), In("images/b.png"));
        File.WriteAllText(In("phrases.jsonl"), string.Concat(new[] { "train", "val" }.SelectMany(split => new[] { "a.png", "b.png" }.Select(image => $$"""
            {"image": "{{image}}", "split": "{{split}}", "captions": [{"text": "a red dog .", "phrases": [{"id": "1", "types": ["animals"], "start": 0, "end": 9}]}, {"text": "the man on the left", "phrases": [{"id": "2", "types": ["people"], "start": 0, "end": 7}]}], "boxes": [{"ids": ["1"], "box": [0.1, 0.2, 0.6, 0.9]}, {"ids": ["2"], "box": [0.5, 0.0, 1, 1]}]}

            """))));
        File.WriteAllText(In("odvg.jsonl"), """
            {"filename": "a.png", "width": 40, "height": 30, "detection": {"instances": [{"bbox": [4, 6, 24, 27], "label": 0, "category": "car"}]}}

            """);
    }

    public void Dispose()
    {
        folder.Dispose();
        live.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Losses_SomeSteps_Fall(int cachedViews)
    {
        using (var task = new GroundingTask(Options() with { CachedViews = cachedViews }, 1))
        {
            task.Model.Train();
            using var optimizer = new AdamW(task.ParameterGroups(0), new AdamWOptions());
            var losses = new List<double>();
            for (var step = 0; step < 25; step++)
            {
                using var scope = TensorScope.Begin();
                var result = task.Losses(task.Prepare([0, 1, 2], 5));
                losses.Add(result["loss"].ToDouble());
                result["loss"].Backward();
                optimizer.Step(3e-3);
                optimizer.ZeroGradients();
            }
            Assert.True(losses[^1] < 0.7 * losses[0], $"from {losses[0]:F2} to {losses[^1]:F2}");
        }
    }

    [Fact]
    public void EvaluateSave_TwoPictures_FiguresAndAFolderThatOpens()
    {
        using var task = new GroundingTask(Options(), 1);
        task.Model.Train(false);
        var figures = task.Evaluate(TestContext.Current.CancellationToken);
        Assert.Contains("R@1 animals", figures.Keys);
        Assert.InRange(figures["R@1"], 0, 1);
        task.SaveModel(In("model"));
        using var loaded = ModelFolder.Open(In("model")).OpenGrounding();
        Assert.Equal(64, loaded.Settings.ShorterSide);
    }

    [Fact]
    public void Prepare_SameSeed_SameBatch()
    {
        using var task = new GroundingTask(Options(), 1);
        var (one, other) = ((GroundingBatch)task.Prepare([0, 1, 2], 9), (GroundingBatch)task.Prepare([0, 1, 2], 9));
        Assert.Equal(one.Texts.Select(t => string.Join(' ', t.Ids)), other.Texts.Select(t => string.Join(' ', t.Ids)));
        Assert.Equal(one.Images.Select(i => i.Pixels), other.Images.Select(i => i.Pixels));
        Assert.All(one.Targets.SelectMany(t => t), t => Assert.True(t.Width > 0 && t.Height > 0 && t.Tokens.Count > 0));
    }

    [Fact]
    public void Make_PhraseTexts_TagsNameTheirBoxesAndOthersNothing()
    {
        FractionBox dog = new(0.1f, 0.2f, 0.6f, 0.9f), man = new(0.5f, 0, 1, 1), house = new(0, 0, 1, 0.5f);
        GroundingImage[] images =
        [
            Image("a red dog .", (0, 9, dog), "the man on the left", (0, 7, man)),
            Image("the house .", (0, 9, house), "a car", (0, 5, house)),
        ];
        var texts = new GroundingTexts(Options() with { PhraseTexts = 1 }, TinyGrounding.Tokenizer, images, _ => []);
        var seen = new HashSet<string>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            var (text, targets) = texts.Make(images[0], GroundingView.Whole, new SeededGenerator(seed));
            string Words(IEnumerable<int> places) =>
                string.Join(' ', places.Select(i => TinyGrounding.Tokenizer.TokenOf(text.Ids[i])));
            foreach (var target in targets)
            {
                var name = Words(target.Tokens);
                seen.Add(name);
                Assert.Equal(name.Contains("man", StringComparison.Ordinal) ? man.Left : dog.Left,
                    target.CentreX - target.Width / 2, 1e-5f);
            }
            var named = targets.SelectMany(t => t.Tokens).ToHashSet();
            seen.UnionWith(text.Phrases.Where(p => !named.Contains(p.Start))
                .Select(p => "no " + Words(Enumerable.Range(p.Start, p.Count))));
        }
        Assert.Superset(new HashSet<string> { "dog", "red dog", "man", "no house", "no car" }, seen);

        static GroundingImage Image(string one, (int Start, int End, FractionBox Box) first, string two,
            (int Start, int End, FractionBox Box) second) => new()
        {
            Path = "none", Captions = [new(one, [new(first.Start, first.End, [first.Box], [])]),
                new(two, [new(second.Start, second.End, [second.Box], [])])],
        };
    }

    [Fact]
    public void Make_Objects_AbsentAreCategoriesOfTheSameSetThatNoCrowdIsOf()
    {
        GroundingImage image = new()
        {
            Path = "none", Objects = [new("dog", new(0.1f, 0.2f, 0.6f, 0.9f))],
            Annotations = [new("dog", 1, 2, 5, 7, false, null), new("man", 0, 0, 9, 9, true, null)],
        };
        GroundingImage other = new() { Path = "none", Objects = [new("house", new(0, 0, 1, 1))] };
        var texts = new GroundingTexts(Options(), TinyGrounding.Tokenizer, [image, other], i => i == image
            ? ["car", "dog", "man"] : ["house"]);
        for (ulong seed = 0; seed < 10; seed++)
        {
            var (text, _) = texts.Make(image, GroundingView.Whole, new SeededGenerator(seed));
            Assert.Equal(["car", "dog"], text.Phrases.Select(p => TinyGrounding.Tokenizer.TokenOf(text.Ids[p.Start]))
                .Order());
        }
    }

    [Fact]
    public void View_Mirrored_BoxesMoveWithThePicture()
    {
        var view = new GroundingView(new(0.5f, 0, 1, 1), true);
        Assert.Equal(new(0, 0.2f, 0.5f, 0.4f),
            view.Apply(new Gloss.Data.Grounding.FractionBox(0.75f, 0.2f, 1, 0.4f))!.Value);
        Assert.Null(view.Apply(new Gloss.Data.Grounding.FractionBox(0.1f, 0.2f, 0.6f, 0.4f)));
    }

    [Fact]
    public void Config_TheOneInTheRepository_HasNoFaults()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Gloss.slnx")))
            root = root.Parent!;
        var config = Gloss.Training.TrainingConfig.Load(Path.Combine(root.FullName, "configs", "grounding-small.json"));
        var options = config.Read<GroundingTaskOptions>(o => o.Faults());
        Assert.Equal("grounding", config.Task);
        using (Gloss.Models.Layers.Initial.Skip())
        {
            using var model = new Gloss.Models.GroundingDino.GroundingDinoModel(options.Model);
            // In int8 a byte a value: below 40 MB.
            Assert.InRange(model.NamedParameters().Sum(p => p.Parameter.Value.ElementCount), 20_000_000, 38_000_000);
        }
    }

    private GroundingTaskOptions Options() => new()
    {
        Model = TinyGrounding.Config with { MaxTextTokens = 40, ContrastiveBias = -2, FinestStride = 16, Levels = 2 },
        Vocabulary = In("vocab.txt"), Data = [folder.Path, In("odvg.jsonl")], ImageSize = 64, MaxTextTokens = 40,
        CacheFolder = In("cache"),
    };

    private string In(string name) => Path.Combine(folder.Path, name);
}
