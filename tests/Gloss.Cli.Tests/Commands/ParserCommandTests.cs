using Gloss.Cli.CommandLine;

namespace Gloss.Cli.Commands;

public sealed class ParserCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    [Fact]
    public void EvaluateMining_GoldThatIsHalfRight_GivesScoresAndDifferences()
    {
        // As mined but for an attribute that is missing, a head too many and a type.
        var gold = Write("gold.jsonl", """
            {"caption": "A brown dog runs .", "entities": [{"head": "dog", "text": "dog", "start": 8, "end": 11, "type": "scene", "attributes": []}, {"head": "cat", "text": "", "start": 0, "end": 0, "type": "object", "attributes": []}], "actions": [{"verb": "run", "particle": null, "subject": "dog", "object": null}], "relations": [], "tags": {"object": ["cat"], "scene": ["dog"], "attribute": [], "action": ["run"]}}

            """);
        var (code, output, error) =
            GlossProgram.Run(["parser", "evaluate-mining", gold, "--differences", In("differences.txt")]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Matches("heads +F1 0.667  precision 1.000  recall 0.500  \\(2 annotated\\)", output);
        Assert.Matches("actions +F1 1.000", output);
        Assert.Matches("type of heads +0.000 right of 1", output);
        string[] expected = ["heads\t- cat\tA brown dog runs .", "attributes\t+ brown dog\tA brown dog runs .",
            "type\tdog: found object, annotated scene\tA brown dog runs ."];
        var differences = File.ReadAllLines(In("differences.txt"));
        Assert.All(expected, line => Assert.Contains(line, differences));
        Assert.Equal(expected.Length, differences.Length);
    }

    [Fact]
    public void EvaluateAndTrainLemmas_Treebank_AreMeasuredAndLearnt()
    {
        var treebank = Write("tiny.conllu", string.Concat(Enumerable.Repeat("""
            1	Dogs	dog	NOUN	NNS	_	2	nsubj	_	_
            2	run	run	VERB	VBP	_	0	root	_	_
            3	.	.	PUNCT	.	_	2	punct	_	_


            """.ReplaceLineEndings("\n"), 3)));
        var (code, output, error) = GlossProgram.Run(["parser", "evaluate", treebank]);
        Assert.Equal((ExitCode.Done, "3 sentences\n"), (code, error));
        Assert.Matches("^UPOS 100.00  XPOS 100.00  UAS 100.00  LAS 100.00  .*\\(9 words", output);
        Assert.Equal(ExitCode.Done,
            GlossProgram.Run(["parser", "train-lemmas", "--treebank", treebank, "-o", In("lemmas.tsv")]).Code);
        Assert.NotEmpty(File.ReadAllLines(In("lemmas.tsv")));
    }

    [Fact]
    public void EvaluatePhrasesAndBenchmark_Captions_AreCounted()
    {
        var phrases = Write("phrases.jsonl", """
            {"image": "1.jpg", "captions": [{"text": "A dog runs on the beach .", "phrases": [{"start": 0, "end": 5, "id": "1", "types": ["animals"], "text": "A dog"}, {"start": 14, "end": 23, "id": "2", "types": ["scene"], "text": "the beach"}]}]}

            """);
        var (code, output, _) = GlossProgram.Run(["parser", "evaluate-phrases", phrases, "--limit", "1"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("phrases found 100.00 % of 2; entities in a phrase 100.00 % of 2", output,
            StringComparison.Ordinal);

        var speed = GlossProgram.Run(["parser", "benchmark", phrases, "--threads", "1", "--limit", "10"]);
        Assert.Equal(ExitCode.Done, speed.Code);
        Assert.Contains("1 captions, ", speed.Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string In(string name) => Path.Combine(root, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }
}
