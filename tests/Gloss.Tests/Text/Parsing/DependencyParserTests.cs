using System.IO.Compression;
using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class DependencyParserTests
{
    private static readonly DependencyParserOptions Small = new()
    {
        Epochs = 4, Beam = 4, Folds = 1, AugmentedShare = 0, SyntheticCaptions = 0, RelationEpochs = 4,
    };

    [Fact]
    public void Train_SyntheticCaptions_LearnsTheirTreesAndSurvivesSaving()
    {
        var sentences = SyntheticCaptions.Generate(150, seed: 3).ToList();
        var tagger = PosTaggerTrainer.Train(
            sentences, new PosTaggerOptions { AugmentedShare = 0, SyntheticCaptions = 0, MinFeatureCount = 1 });
        var trained = DependencyParserTrainer.Train(sentences, tagger, Small);
        using var stream = new MemoryStream();
        trained.Save(stream, CompressionLevel.Fastest);
        stream.Position = 0;
        var loaded = DependencyParser.Load(stream, tagger);
        var accuracy = ParserAccuracy.Measure(loaded, sentences);
        Assert.InRange(accuracy.Uas, 0.95, 1);
        Assert.InRange(accuracy.Las, 0.93, 1);
        Assert.Equal(ParserAccuracy.Measure(trained, sentences), accuracy);
    }

    [Fact]
    public void Generate_SyntheticCaptions_EachIsOneTree()
    {
        foreach (var sentence in SyntheticCaptions.Generate(300, seed: 1))
        {
            Assert.Single(sentence, t => t.Head == 0);
            for (var i = 0; i < sentence.Count; i++)
            {
                var steps = 0;
                for (var up = i + 1; up != 0; up = sentence[up - 1].Head)
                    Assert.True(++steps <= sentence.Count, "a circle");
            }
        }
    }

    [Fact]
    public void MakeProjective_CrossingArc_LiftsIt()
    {
        int[] heads = [-1, 3, 4, 0, 3];
        DependencyParserTrainer.MakeProjective(heads);
        Assert.Equal([-1, 3, 3, 0, 3], heads);
    }

    [Fact]
    public void GoldAction_ProjectiveTree_LeadsToIt()
    {
        int[] heads = [-1, 2, 3, 0, 5, 3];
        int[] rightmost = [3, 1, 2, 5, 4, 5];
        var state = new ParserState();
        state.Reset(5);
        for (var step = 0; step < 10; step++)
        {
            var action = state.GoldAction(heads, rightmost);
            Assert.True(state.Allows(action));
            state.Apply(action);
        }
        Assert.Equal(heads[1..], Enumerable.Range(1, 5).Select(state.Head));
    }
}
