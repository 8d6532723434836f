using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class PosTaggerTests
{
    private const string Treebank = """
        1	The	the	DET	DT	_	2	det	_	_
        2	dog	dog	NOUN	NN	_	3	nsubj	_	_
        3	runs	run	VERB	VBZ	_	0	root	_	SpaceAfter=No
        4	.	.	PUNCT	.	_	3	punct	_	_

        1	Two	two	NUM	CD	_	2	nummod	_	_
        2	cats	cat	NOUN	NNS	_	3	nsubj	_	_
        3	sleep	sleep	VERB	VBP	_	0	root	_	SpaceAfter=No
        4	.	.	PUNCT	.	_	3	punct	_	_

        """;

    [Fact]
    public void Tag_CaptionFragment_FindsNounsAndVerbs()
    {
        var tags = PosTagger.Default.Tag("A black dog is running through the grass .".Split(' '));
        Assert.Equal(
            "DET ADJ NOUN AUX VERB ADP DET NOUN PUNCT",
            string.Join(' ', tags.Select(t => t.Universal.ToString().ToUpperInvariant())));
    }

    [Fact]
    public void Train_SmallTreebank_LearnsItAndSurvivesSaving()
    {
        var sentences = ConlluReader.Read(new StringReader(Treebank), "test").ToList();
        var options = new PosTaggerOptions { MinFeatureCount = 1, AugmentedShare = 0, SyntheticCaptions = 0, Epochs = 10 };
        var trained = PosTaggerTrainer.Train(sentences, options);
        using var stream = new MemoryStream();
        trained.Save(stream);
        stream.Position = 0;
        var loaded = PosTagger.Load(stream);
        foreach (var sentence in sentences)
        {
            Assert.Equal(sentence.Select(t => t.Tag), trained.Tag([.. sentence.Select(t => t.Form)]));
            Assert.Equal(sentence.Select(t => t.Tag), loaded.Tag([.. sentence.Select(t => t.Form)]));
        }
    }

    [Fact]
    public void Read_LineWithNineColumns_SaysWhere()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => ConlluReader.Read(new StringReader("1\ta\n"), "x.conllu").ToList());
        Assert.Equal("treebank x.conllu, line 1: expected 10 columns, got 2", error.Message);
    }
}
