using Gloss.Models.Parsing;
using Gloss.Text.Parsing;
using Gloss.Torch;
using Gloss.Training;
using Gloss.Training.Parsing;

namespace Gloss.Tests.Training.Parsing;

public sealed class ParserTaskTests
{
    [Fact]
    public void Run_SyntheticCaptions_LearnsThemAndExportsTheSameParser()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var sentences = SyntheticCaptions.Generate(70, seed: 4).ToList();
        using (var writer = new StreamWriter(Path.Combine(folder.Path, "train.conllu")))
        {
            foreach (var sentence in sentences)
                ConlluWriter.Write(writer, sentence);
        }
        var words = sentences.SelectMany(s => s).Select(t => t.Form.ToLowerInvariant()).Distinct().ToList();
        File.WriteAllLines(Path.Combine(folder.Path, "vocab.txt"),
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        Engine.Seed(1);
        using (var table = Tensors.RandomNormal([words.Count + 5, 16]))
        {
            SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"),
                new Dictionary<string, Tensor> { ["embeddings.word_embeddings.weight"] = table });
        }
        var treebank = Path.Combine(folder.Path, "train.conllu");
        using var task = new ParserTask(new ParserTaskOptions
        {
            Model = new ParserConfig
            {
                Recurrent = new RecurrentEncoderConfig { PieceSize = 16, WordSize = 16, StateSize = 16, Layers = 2,
                    Dropout = 0, WordDropout = 0 },
                ArcSize = 16, RelationSize = 16, Dropout = 0,
            },
            Treebanks = [treebank], Development = treebank, TextTower = folder.Path,
            TextVocabulary = Path.Combine(folder.Path, "vocab.txt"),
            GroupWords = 50, AugmentedShare = 0, SyntheticCaptions = 0, HeadLearningRate = 1,
        }, seed: 1);
        var run = Path.Combine(folder.Path, "run");
        var result = new Trainer(task, new TrainerOptions
        {
            Epochs = 14, BatchSize = 1, LearningRate = 0.015, WeightDecay = 0, EvaluateEveryEpochs = 14, Threads = 1,
            Workers = 1,
        }, run).Run(TestContext.Current.CancellationToken);

        Assert.True(result.Best?.Value > 0.8, $"LAS {result.Best?.Value}");
        using var stream = File.OpenRead(Path.Combine(run, "best", "parser.bin"));
        var accuracy = ParserAccuracy.Measure(DependencyParser.Load(stream), sentences);
        Assert.Equal(result.Best!.Value.Value, accuracy.Las, 0.02);
        var labelled = ParserExport.Label(Path.Combine(run, "best"), ["Two dogs run ."], 0,
            TestContext.Current.CancellationToken).Single();
        Assert.Equal(4, labelled.Count);
    }

    [Theory]
    [InlineData("parser.json")]
    [InlineData("parser-teacher.json")]
    public void Config_ThoseInTheRepository_HaveNoFaults(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "configs")))
            folder = folder.Parent;
        var options = TrainingConfig.Load(Path.Combine(folder!.FullName, "configs", name))
            .Read<ParserTaskOptions>(o => o.Faults());
        Assert.Empty(options.Faults());
    }

    [Fact]
    public void Faults_WrongSettings_NameEachKeyWithItsRange()
    {
        var options = new ParserTaskOptions
        {
            Model = new ParserConfig
            {
                Bert = new() { HiddenSize = 100, Heads = 12, Dropout = 1 },
                Recurrent = new() { StateSize = 30, Layers = 0, WordDropout = -0.1 },
                ArcSize = 0, RelationSize = 6, MaxDistance = 0, Dropout = double.NaN,
            },
            Treebanks = [], Development = "dev", TextTower = "tower", TextVocabulary = "vocab.txt", TreebankRepeats = 0,
            Pieces = 0, GroupWords = 0,
            AugmentedShare = 1.5, SyntheticCaptions = -1, MaxWords = 1, HeadLearningRate = -1,
        };
        string[] keys =
        [
            "model.bert, recurrent: expected one of the two, got both", "model.arcSize: 0 · expected 1 to 8192",
            "model.maxDistance: 0",
            "model.dropout: NaN", "model.recurrent.layers: 0", "model.recurrent.wordDropout: -0.1 · expected 0 to 0.99",
            "model.bert.dropout: 1",
            "model.bert.heads: 12 · expected a divisor of bert.hiddenSize 100",
            "model.recurrent.stateSize: 30 · expected a multiple of 4",
            "model.relationSize: 6 · expected a multiple of 4", "treebanks: expected at least one",
            "treebankRepeats: 0", "pieces: 0",
            "groupWords: 0", "augmentedShare: 1.5 · expected 0 to 1", "syntheticCaptions: -1",
            "maxWords: 1 · expected 2 to 1000",
            "headLearningRate: -1 · expected 0 to 1000",
        ];
        var faults = options.Faults().ToList();
        Assert.Equal(keys.Length, faults.Count);
        Assert.All(keys, key => Assert.Contains(faults, fault => fault.StartsWith(key, StringComparison.Ordinal)));
        var none = options with { Model = new ParserConfig() };
        Assert.Contains("model.bert, recurrent: expected one of the two, got none", none.Faults());
    }
}
