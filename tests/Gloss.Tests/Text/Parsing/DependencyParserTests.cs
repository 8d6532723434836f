using System.IO.Compression;
using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class DependencyParserTests
{
    [Fact]
    public void Analyze_CaptionFragment_FindsTagsAndTree()
    {
        var (tags, heads, relations) = DependencyParser.Default.Analyze(
            "A black dog is running through the grass .".Split(' '));
        Assert.Equal("DET ADJ NOUN AUX VERB ADP DET NOUN PUNCT",
            string.Join(' ', tags.Select(t => t.Universal.ToString().ToUpperInvariant())));
        Assert.Equal([2, 2, 4, 4, -1, 7, 7, 4, 4], heads);
        Assert.Equal("det amod nsubj aux root case det obl punct", string.Join(' ', relations));
    }

    [Fact]
    public void Analyze_NoWordsOneWordAndVeryManyWords_GivesATree()
    {
        Assert.Empty(DependencyParser.Default.Analyze([]).Heads);
        Assert.Equal([-1], DependencyParser.Default.Analyze(["dog"]).Heads);
        var many = Enumerable.Range(0, 190).Select(i => i % 3 == 0 ? "red" : i % 3 == 1 ? "dogs" : "\ud83d\ude00");
        Assert.True(TreeDecoder.IsTree(DependencyParser.Default.Analyze([.. many]).Heads));
    }

    [Fact]
    public async Task Analyze_OnManyThreads_GivesTheSame()
    {
        string[] words = ["Two", "dogs", "run", "."];
        var expected = DependencyParser.Default.Analyze(words);
        var found = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(_ => Task.Run(() => DependencyParser.Default.Analyze(words))));
        Assert.All(found, f => Assert.Equal(expected.Heads, f.Heads));
    }

    [Fact]
    public void ParseAll_TextsOfManyLengths_GivesWhatEachGivesAlone()
    {
        var words =
            "a man in a red shirt and two dogs run along the wet beach near some boats while children watch".Split(' ');
        List<string> texts =
        [
            "", "dog", "A cat . A dog sleeps on the bed . Yes !",
            string.Join(' ', Enumerable.Repeat(string.Join(' ', words), 30)),
            .. Enumerable.Range(1, 40)
                .Select(i => string.Join(' ', Enumerable.Range(0, 1 + (i * 7 % 19))
                .Select(k => words[(i + k) % words.Length]))),
        ];
        var all = DependencyParser.Default.ParseAll(texts);
        Assert.Equal(texts.Count, all.Length);
        Assert.Empty(all[0]);
        Assert.Equal(3, all[2].Count);
        for (var i = 0; i < texts.Count; i++)
            Assert.Equal(DependencyParser.Default.Parse(texts[i]).Select(Written), all[i].Select(Written));

        static string Written(ParsedSentence s) => string.Join(' ',
            Enumerable.Range(0, s.Tokens.Count)
                .Select(w => $"{s.Tokens[w]} {s.Tags[w]} {s.Lemmas[w]} {s.Heads[w]} {s.Relations[w]}"));
    }

    [Fact]
    public void Save_ShippedParser_ReadsAgain()
    {
        using var stream = new MemoryStream();
        DependencyParser.Default.Save(stream, CompressionLevel.Fastest);
        stream.Position = 0;
        var again = DependencyParser.Load(stream);
        string[] words = ["A", "man", "rides", "a", "horse", "."];
        Assert.Equal(DependencyParser.Default.Analyze(words).Relations, again.Analyze(words).Relations);
    }

    [Fact]
    public void Load_OtherFile_SaysWhatItExpected()
    {
        using var stream = new MemoryStream();
        using (var brotli = new BrotliStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            brotli.Write(new byte[8]);
        stream.Position = 0;
        var error = Assert.Throws<InvalidDataException>(() => DependencyParser.Load(stream));
        Assert.StartsWith("parser: expected a file that starts with", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Measure_TreebankOfReference_IsNotWorseThanShipped()
    {
        var path = ReferenceData.Require("data/text/ud/en_ewt-ud-dev.conllu.gz");
        var accuracy = ParserAccuracy.Measure(DependencyParser.Default,
            ConlluReader.Read(path).Where((_, i) => i % 8 == 0));
        Assert.InRange(accuracy.Upos, 0.945, 1);
        Assert.InRange(accuracy.Las, 0.82, 1);
    }
}
