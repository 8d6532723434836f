using System.Text.Json;
using System.Xml.Linq;
using Gloss.Cli.CommandLine;
using Gloss.Models.Bert;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

public sealed class VocabularyCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("gloss-test-").FullName;
    private readonly string captions;

    public VocabularyCommandTests()
    {
        string[] kinds = ["A brown dog runs on the beach .", "A puppy sleeps .", "A tennis court .",
            "Two men ride red bicycles .", "A cat ."];
        captions = Write("captions.jsonl", string.Concat(Enumerable.Range(0, 30).Select(i =>
            $"{{\"image\": \"{i}.jpg\", \"split\": \"{(i < 25 ? "train" : "val")}\", \"captions\": "
            + $"[\"{kinds[i % 5]}\"]}}\n")) + "{\"image\": \"broken.jpg\"}\n");
    }

    [Fact]
    public void Build_ReviewWrittenAndApplied_GivesTheSameFileEachTime()
    {
        var (code, _, error) = GlossProgram.Run(
            ["vocabulary", "build", captions, "-o", In("draft.jsonl"), "--min-count", "3", "--min-compound-count", "3",
            "--write-review", In("review.tsv"), "--chart", In("chart.svg"), "--counts", In("counts.tsv")]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("30 captions", error, StringComparison.Ordinal);
        Assert.Contains("faults: 1 unreadable entries left out", error, StringComparison.Ordinal);
        Assert.Contains("broken.jpg", error, StringComparison.Ordinal);
        Assert.Contains("tennis court", TagVocabulary.Load(In("draft.jsonl")).Select(t => t.Name));
        Assert.Contains("dog\tObject\t6", File.ReadAllLines(In("counts.tsv")));
        Assert.Equal("svg", XDocument.Load(In("chart.svg")).Root!.Name.LocalName);
        var review = File.ReadAllText(In("review.tsv"));
        Assert.Contains("keep\tcat\tobject\t6\tA cat . | A cat . | A cat .\n", review, StringComparison.Ordinal);

        foreach (var (name, decision) in new[] { ("cat", "drop"), ("puppy", "merge dog"), ("bicycle", "rename bike"),
            ("tennis court", "retype object") })
            review = review.Replace($"keep\t{name}\t", $"{decision}\t{name}\t", StringComparison.Ordinal);
        Write("review.tsv", review);
        string[] apply = ["vocabulary", "build", captions, "--min-count", "3", "--min-compound-count", "3", "--review",
            In("review.tsv"), "-o"];
        Assert.Equal(ExitCode.Done, GlossProgram.Run([.. apply, In("a.jsonl")]).Code);
        Assert.Equal(ExitCode.Done, GlossProgram.Run([.. apply, In("b.jsonl")]).Code);

        Assert.Equal(File.ReadAllBytes(In("a.jsonl")), File.ReadAllBytes(In("b.jsonl")));
        var tags = TagVocabulary.Load(In("a.jsonl"));
        Assert.Equal("dog", tags[0].Name);
        Assert.Contains("puppy", tags[0].Synonyms);
        Assert.DoesNotContain("cat", tags.Select(t => t.Name));
        Assert.Contains("bike", tags.Select(t => t.Name));
        Assert.Equal(TagType.Object, tags.Single(t => t.Name == "tennis court").Type);

        Write("slip.tsv", "merge hosre\tcat\n");
        var slip = GlossProgram.Run(["vocabulary", "build", captions, "-o", In("c.jsonl"), "--review", In("slip.tsv"),
            "--min-count", "3"]);
        Assert.Contains("review: no caption names \"hosre\"", slip.Error, StringComparison.Ordinal);
        string[] one = ["vocabulary", "build", captions, "-o", In("d.jsonl"), "--examples", "1", "--write-review",
            In("one.tsv")];
        Assert.Equal(ExitCode.Done, GlossProgram.Run([.. one, "--min-count", "3"]).Code);
        Assert.Contains("keep\tcat\tobject\t6\tA cat .\n", File.ReadAllText(In("one.tsv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_TopAndSplit_KeepTheMostFrequentOfIt()
    {
        var (code, _, error) =
            GlossProgram.Run(["vocabulary", "build", captions, "-o", In("tags.jsonl"), "--min-count", "5", "--top", "3",
            "--split", "train",
            "--counts", In("counts.tsv")]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("25 captions", error, StringComparison.Ordinal);
        Assert.Equal(3, TagVocabulary.Load(In("tags.jsonl")).Count);
        Assert.All(File.ReadAllLines(In("counts.tsv")), line => Assert.Equal("5", line.Split('\t')[2]));
        Assert.Equal(ExitCode.NothingFound,
            GlossProgram.Run(["vocabulary", "build", captions, "-o", In("none.jsonl"), "--min-count", "100"]).Code);
        Assert.Contains("--top", GlossProgram.Run(["vocabulary", "build", captions, "-o", In("x"), "--top", "0"]).Error,
            StringComparison.Ordinal);
        var broken = Write("broken.tsv", "burn\tdog\n");
        var fault = GlossProgram.Run(["vocabulary", "build", captions, "-o", In("x"), "--review", broken]);
        Assert.Equal(ExitCode.Error, fault.Code);
        Assert.Contains("broken.tsv, line 1: expected keep, drop", fault.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(In("x")));
    }

    [Fact]
    public void Suggest_SpellingCompanyAndTextTower_GivesLinesOfAReview()
    {
        string[] names = ["surfboard", "surf board", "sofa", "couch", "cat",
            .. Enumerable.Range(0, 12).Select(i => $"thing{(char)('a' + i)}")];
        var tags = Write("tags.jsonl",
            string.Concat(
            names.Select((name, i) =>
            JsonSerializer.Serialize(new { id = i, name, type = "object", synonyms = Array.Empty<string>() }) + "\n")));
        // Sofa and couch stand with the same things, in captions of their own; the tower knows the same of both.
        var company = Write("company.txt", string.Concat(Enumerable.Range(0, 48).Select(i =>
            $"A {(i % 2 == 0 ? "sofa" : "couch")} and a thing{(char)('a' + i / 2 % 12)} and a "
            + $"thing{(char)('a' + (i / 2 + 5) % 12)} .\n")) + "A cat .\nA cat .\n");
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sofa", "couch", "cat"];
        var tower = Path.Combine(root, "tower");
        Directory.CreateDirectory(tower);
        File.WriteAllLines(Path.Combine(tower, "vocab.txt"), words);
        File.WriteAllText(Path.Combine(tower, "config.json"), "{\"num_attention_heads\": 2}");
        Engine.Seed(3);
        using (var bert = new BertModel(new BertConfig { HiddenSize = 8, Heads = 2, IntermediateSize = 8, Layers = 1,
            VocabularySize = words.Length, TokenTypes = 2, MaxPositions = 16 }))
        {
            using var none = GradientMode.None();
            using var scope = TensorScope.Begin();
            var table = Tensors.RandomNormal([words.Length, 8]);
            table.Narrow(0, 6, 1).CopyInPlace(table.Narrow(0, 5, 1));
            bert.Embeddings.Words.Weight.Value.CopyInPlace(table);
            SafetensorsWriter.Write(Path.Combine(tower, "model.safetensors"),
                bert.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.Value));
        }

        var (code, output, error) =
            GlossProgram.Run(["vocabulary", "suggest", tags, "--captions", company, "--text-tower", tower]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("merge surfboard\tsurf board\tspelling\t1.00\n", output, StringComparison.Ordinal);
        Assert.Matches("merge sofa\tcouch\tcompany\t[01]\\.\\d\\d\n", output);
        Assert.Contains("merge sofa\tcouch\tembedding\t1.00\n", output, StringComparison.Ordinal);
        // What is suggested can be applied as it is.
        var review = Write("review.tsv", output);
        Assert.Equal(ExitCode.Done,
            GlossProgram.Run(["vocabulary", "build", company, "-o", In("merged.jsonl"), "--review", review,
            "--min-count", "1"]).Code);
        Assert.Contains("couch", TagVocabulary.Load(In("merged.jsonl")).Single(t => t.Name == "sofa").Synonyms);

        var wrong = GlossProgram.Run(["vocabulary", "suggest", tags, "--text-tower", root]);
        Assert.Equal(ExitCode.Error, wrong.Code);
        Assert.Contains("vocab.txt is not there · hint: name the tower's vocab.txt with --text-vocabulary", wrong.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PublishedList_KeepsOrderSynonymsAndChinese()
    {
        var list = Write("list.txt", "sofa / couch\nbeach\nrun\nsofa bed\n");
        var chinese = Write("zh.txt", "沙发\n海滩\n跑\n沙发床\n");
        var types = Write("types.jsonl", "{\"id\":0,\"name\":\"sofa bed\",\"type\":\"scene\",\"synonyms\":[]}\n");
        var (code, _, error) =
            GlossProgram.Run(["vocabulary", "import", list, "-o", In("tags.jsonl"), "--chinese", chinese,
            "--types", types]);

        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("4 tags: ", error, StringComparison.Ordinal);
        var tags = TagVocabulary.Load(In("tags.jsonl"));
        Assert.Equal(["sofa", "beach", "run", "sofa bed"], tags.Select(t => t.Name));
        Assert.Equal(["couch"], tags[0].Synonyms);
        Assert.Equal("沙发", tags[0].ChineseName);
        Assert.Equal((TagType.Scene, TagType.Scene), (tags[1].Type, tags[3].Type));
        var shorter = GlossProgram.Run(["vocabulary", "import", list, "-o", In("x.jsonl"), "--chinese",
            Write("short.txt", "沙发\n")]);
        Assert.Equal(ExitCode.Error, shorter.Code);
        Assert.Contains("expected 4 Chinese names, one a line, got 1", shorter.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void PiecesAndDescribe_Captions_GiveVocabularyAndTexts()
    {
        var (code, _, error) =
            GlossProgram.Run(["vocabulary", "pieces", captions, "-o", In("vocab.txt"), "--size", "60",
            "--min-count", "2"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("faults: 1 unreadable", error, StringComparison.Ordinal);
        var pieces = File.ReadAllLines(In("vocab.txt"));
        Assert.InRange(pieces.Length, 20, 60);
        Assert.Equal(ExitCode.Done,
            GlossProgram.Run(["vocabulary", "pieces", captions, "-o", In("some.txt"), "--from", In("vocab.txt"),
            "--min-count", "6", "--split", "val"]).Code);
        Assert.InRange(File.ReadAllLines(In("some.txt")).Length, 7, pieces.Length - 1);

        var tags = Write("tags.jsonl", "{\"id\":0,\"name\":\"dog\",\"type\":\"object\",\"synonyms\":[\"puppy\"]}\n");
        Assert.Equal(ExitCode.Done,
            GlossProgram.Run(["vocabulary", "describe", captions, "--tags", tags, "-o", In("texts.json"), "--texts",
            "3"]).Code);
        var texts = JsonDocument.Parse(File.ReadAllText(In("texts.json"))).RootElement[0].GetProperty("dog");
        Assert.Equal(3, texts.GetArrayLength());
        Assert.Equal("a photo of a dog.", texts[0].GetString());
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string In(string name) => Path.Combine(root, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }
}
