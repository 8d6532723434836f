using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class ConlluReaderTests
{
    private const string Treebank = """
        1	The	the	DET	DT	_	2	det	_	_
        2	dog	dog	NOUN	NN	_	3	nsubj	_	_
        3	runs	run	VERB	VBZ	_	0	root	_	SpaceAfter=No
        4	.	.	PUNCT	.	_	3	punct	_	_


        """;

    [Fact]
    public void Read_WrittenSentence_IsTheSame()
    {
        var sentence = ConlluReader.Read(new StringReader(Treebank), "test").Single();
        var writer = new StringWriter();
        ConlluWriter.Write(writer, sentence);
        Assert.Equal(sentence, ConlluReader.Read(new StringReader(writer.ToString()), "again").Single());
        Assert.Equal([2, 3, 0, 3], sentence.Select(t => t.Head));
    }

    [Fact]
    public void Read_LineWithNineColumns_SaysWhere()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => ConlluReader.Read(new StringReader("1\ta\n"), "x.conllu").ToList());
        Assert.Equal("treebank x.conllu, line 1: expected 10 columns, got 2", error.Message);
    }
}
