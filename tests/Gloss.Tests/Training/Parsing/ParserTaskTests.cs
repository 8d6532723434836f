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
        using var folder = new TemporaryFolder();
        var sentences = SyntheticCaptions.Generate(70, seed: 4).ToList();
        using (var writer = new StreamWriter(Path.Combine(folder.Path, "train.conllu")))
        {
            foreach (var sentence in sentences)
                ConlluWriter.Write(writer, sentence);
        }
        var words = sentences.SelectMany(s => s).Select(t => t.Form.ToLowerInvariant()).Distinct().ToList();
        File.WriteAllLines(Path.Combine(folder.Path, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
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
                Recurrent = new RecurrentEncoderConfig { PieceSize = 16, WordSize = 16, StateSize = 16, Layers = 2, Dropout = 0, WordDropout = 0 },
                ArcSize = 16, RelationSize = 16, Dropout = 0,
            },
            Treebanks = [treebank], Development = treebank, TextTower = folder.Path, TextVocabulary = Path.Combine(folder.Path, "vocab.txt"),
            GroupWords = 50, AugmentedShare = 0, SyntheticCaptions = 0, HeadLearningRate = 1,
        }, seed: 1);
        var run = Path.Combine(folder.Path, "run");
        var result = new Trainer(task, new TrainerOptions
        {
            Epochs = 14, BatchSize = 1, LearningRate = 0.015, WeightDecay = 0, EvaluateEveryEpochs = 14, Threads = 1, Workers = 1,
        }, run).Run(TestContext.Current.CancellationToken);

        Assert.True(result.Best?.Value > 0.8, $"LAS {result.Best?.Value}");
        using var stream = File.OpenRead(Path.Combine(run, "best", "parser.bin"));
        var accuracy = ParserAccuracy.Measure(DependencyParser.Load(stream), sentences);
        Assert.Equal(result.Best!.Value.Value, accuracy.Las, 0.02);
        var labelled = ParserExport.Label(Path.Combine(run, "best"), ["Two dogs run ."], 0, TestContext.Current.CancellationToken).Single();
        Assert.Equal(4, labelled.Count);
    }
}
