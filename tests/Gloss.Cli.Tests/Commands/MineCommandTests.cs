using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Gloss.Cli.CommandLine;

namespace Gloss.Cli.Commands;

public sealed class MineCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public MineCommandTests() => Write("tags.jsonl", """
        {"id":0,"name":"dog","type":"object","synonyms":["puppy"]}
        {"id":1,"name":"grass","type":"scene","synonyms":[]}
        {"id":2,"name":"run","type":"action","synonyms":[]}
        {"id":3,"name":"brown","type":"attribute","synonyms":[]}
        """);

    [Fact]
    public void Explain_Caption_ShowsTreeGraphAndTags()
    {
        var (code, output, error) = GlossProgram.Run(["mine", "--explain", "A brown puppy runs in the grass ."]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        foreach (var part in new[] { "tree\n", "runs  root", "└─ ", "├─ ", "puppy  nsubj", "entities\n",
            "actions\n  puppy · run · –", "relations\n  puppy · run in · grass", "tags\n" })
            Assert.Contains(part, output, StringComparison.Ordinal);
        Assert.Matches("""\n  puppy +object +"puppy" at 8\n""", output);

        var (_, tags, _) = GlossProgram.Run(
            ["mine", "--explain", "A group of brown puppies without a ball run to another dog park .", "--vocabulary",
                In("tags.jsonl")]);
        Assert.Matches("""\n  group +no tag  only quantifies or frames what follows\n""", tags);
        Assert.Matches("""\n  ball +no tag  is not there\n""", tags);
        Assert.Matches("""\n  dog +object +"puppies" at 17 · "puppy" is a synonym\n""", tags);
        Assert.Matches("""\n  – +(object|scene) +"dog park" at 55 · "dog park" is not in the vocabulary\n""", tags);
        Assert.Equal(ExitCode.NothingFound, GlossProgram.Run(["mine", "--explain", "!"]).Code);

        var (_, moved, _) = GlossProgram.Run(["mine", "--explain", "Sheep are led down a dirt road by a farmer ."]);
        Assert.Matches("""\nmoved\n  farmer +obl:agent of led · the parser had nmod of road\nentities\n""", moved);
        Assert.DoesNotContain("moved\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Jsonl_FileOrStandardOutput_IsOneLineACaption()
    {
        var captions = Write("captions.txt", "A brown dog runs .\n\nTwo men throw a frisbee .\n");
        var (code, output, error) = GlossProgram.Run(["mine", captions, "--jsonl", "--threads", "1"]);
        var toFile = GlossProgram.Run(["mine", captions, "--jsonl", In("out/graphs.jsonl"), "--threads", "2"]);

        Assert.Equal((ExitCode.Done, "faults: 1 empty captions\n"), (code, error));
        Assert.Equal(output, File.ReadAllText(In("out/graphs.jsonl")));
        Assert.Equal("", toFile.Output);
        Assert.Contains("3 entries, 3 captions", toFile.Error, StringComparison.Ordinal);
        var lines = output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["A brown dog runs .", "", "Two men throw a frisbee ."],
            lines.Select(l => l.GetProperty("caption").GetString()));
        var dog = lines[0].GetProperty("entities")[0];
        Assert.Equal(("dog", "object", "brown"),
            (dog.GetProperty("head").GetString(), dog.GetProperty("type").GetString(),
            dog.GetProperty("attributes")[0].GetString()));
        Assert.Equal("dog",
            "A brown dog runs ."[dog.GetProperty("start").GetInt32()..dog.GetProperty("end").GetInt32()]);
        Assert.Equal("throw", lines[2].GetProperty("actions")[0].GetProperty("verb").GetString());
        Assert.Equal("frisbee", lines[2].GetProperty("relations")[0].GetProperty("object").GetString());
        Assert.Equal("run", lines[0].GetProperty("tags").GetProperty("action")[0].GetString());
    }

    [Fact]
    public void Output_EveryFormWithBrokenEntries_WritesLabelsAndTellsTheFaults()
    {
        Directory.CreateDirectory(In("sets"));
        Write("sets/a.jsonl",
            "{\"image\": \"1.jpg\", \"split\": \"train\", \"captions\": [\"A dog .\", \"A puppy runs "
            + ".\"]}\n{\"image\": \n{\"image\": \"2.jpg\"}\n"
            + "{\"image\": \"1.jpg\", \"captions\": [\"A dog again .\"]}\n{\"image\": \"3.jpg\", \"split\": \"val\", "
            + "\"captions\": [\"Grass .\"]}\n");
        Write("sets/b.json", """
            {"images": [{"id": 1, "file_name": "coco.jpg"}], "annotations": [{"image_id": 1, "caption": "Brown grass ."}, {"image_id": 2, "caption": "?"}, {"image_id": 1}]}
            """);
        using (var tar = new TarWriter(File.Create(In("sets/c.tar")), TarEntryFormat.Ustar))
        {
            foreach (var (name, text) in new[] { ("0.txt", "A dog ."), ("1.json", "{\"captions\": "), ("2.jpg", "x"),
                ("3.json", "{\"captions\": [\"Dogs run .\"]}") })
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile,
                    name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }
        File.WriteAllBytes(In("sets/d.txt"),
            [.. "A do"u8, 0xFF, .. " runs .\n"u8,
            .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("dog ", 10_000)))]);

        var (code, output, error) =
            GlossProgram.Run(["mine", In("sets"), "--split", "train", "--vocabulary", In("tags.jsonl"), "-o",
            In("labels.json")]);

        Assert.Equal((ExitCode.Done, ""), (code, output));
        Assert.Contains("6 entries, 7 captions", error, StringComparison.Ordinal);
        Assert.Contains(
            "faults: 1 lines with invalid UTF-8, 1 captions cut for their length, 1 duplicate pictures left out, 6 "
            + "unreadable entries left out",
            error, StringComparison.Ordinal);
        foreach (var place in new[] { "a.jsonl:2 ·", "a.jsonl:3 ·", "b.json, annotation 2 ·", "b.json, annotation 3 ·",
            "c.tar · 1.json ·", "c.tar · 2 ·" })
            Assert.Contains(place, error, StringComparison.Ordinal);
        var labels = JsonDocument.Parse(File.ReadAllText(In("labels.json"))).RootElement.EnumerateArray()
            .Select(item => (
            item.GetProperty("image_path").GetString(), item.GetProperty("parse_label_id").GetRawText(),
            item.GetProperty("union_label_id").GetRawText())).ToArray();
        Assert.Equal(("1.jpg", "[[0],[0,2]]", "[0,2]"), labels[0]);
        Assert.Equal(("coco.jpg", "[[1,3]]", "[1,3]"), labels[1]);
        Assert.Equal([("c.tar/0.txt", "[0]"), ("c.tar/3", "[0,2]")],
            labels[2..4].Select(l => (l.Item1!.Replace("c.tar/0", "c.tar/0.txt", StringComparison.Ordinal), l.Item3)));
        Assert.Equal(6, labels.Length);
    }

    [Fact]
    public void Output_KilledAndCalledAgain_EndsWithTheSameBytes()
    {
        var captions = Write("many.jsonl", string.Concat(Enumerable.Range(0, 12_000)
            .Select(i => $"{{\"image\": \"{i}.jpg\", \"captions\": [\"{(i % 3 == 0 ? "A dog" : "Grass")}\"]}}\n")));
        string[] Arguments(string output) =>
            ["mine", captions, "--vocabulary", In("tags.jsonl"), "-o", In(output), "--threads", "1"];
        Assert.Equal(ExitCode.Done, GlossProgram.Run(Arguments("whole.json")).Code);

        using (var killed = GlossProgram.Start(Arguments("killed.json")))
        {
            while (!killed.HasExited && !File.Exists(In("killed.json.state")))
                Thread.Sleep(1);
            killed.Kill();
            killed.WaitForExit();
        }
        Assert.False(File.Exists(In("killed.json")), "the run ended before it was killed");
        var (code, _, error) = GlossProgram.Run(Arguments("killed.json"));

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("went on behind [0-9]+ entries", error);
        Assert.Equal(File.ReadAllBytes(In("whole.json")), File.ReadAllBytes(In("killed.json")));
        Assert.False(File.Exists(In("killed.json.state")) || File.Exists(In("killed.json.partial")));
    }

    [Theory]
    [InlineData("mine takes either captions", "mine")]
    [InlineData("mine --output needs --vocabulary", "mine", "x.txt", "-o", "y.json")]
    [InlineData("either --output LABELS.json or --jsonl", "mine", "x.txt", "-o", "y.json", "--vocabulary",
        "t", "--jsonl")]
    [InlineData("--threads: expected 1 or more, got 0", "mine", "x.txt", "--threads", "0")]
    [InlineData("x.txt is not there", "mine", "x.txt")]
    public void Mine_WrongArguments_AreExplained(string expected, params string[] arguments)
    {
        var (code, output, error) = GlossProgram.Run(arguments);
        Assert.Equal((ExitCode.Error, ""), (code, output));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string In(string name) => Path.Combine(root, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }
}
