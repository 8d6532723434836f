using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Images;

namespace Gloss.Cli.Commands;

public sealed class GroundCommandTests(TinyGroundingFolder tiny) : IClassFixture<TinyGroundingFolder>
{
    [Fact]
    public void Ground_TagsAsJson_BoxesNameGivenTagsAndEveryFileIsWritten()
    {
        var (code, output, error) = tiny.Run("ground", tiny.In("images"), "--tags", "Red Dog, car", "--json", "--top",
            "4", "--draw", tiny.In("drawn"),
            "--crops", tiny.In("crops"), "--coco", tiny.In("out/coco.json"), "--coco-results",
            tiny.In("out/results.json"), "--yolo", tiny.In("yolo"),
            "--labelme", tiny.In("labelme"));

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(2, json.RootElement.GetArrayLength());
        foreach (var box in json.RootElement.EnumerateArray().SelectMany(p => p.GetProperty("boxes").EnumerateArray()))
        {
            Assert.Contains(box.GetProperty("tag").GetString(), (string[])["Red Dog", "car"]);
            Assert.Equal(4, box.GetProperty("box").GetArrayLength());
        }
        Assert.True(File.Exists(tiny.In("drawn/p0.jpg")) && File.Exists(tiny.In("drawn/p1.jpg")));
        Assert.NotEmpty(Directory.GetFiles(tiny.In("crops"), "p0-01-*.jpg"));
        Assert.Equal(["Red Dog", "car"], File.ReadAllLines(tiny.In("yolo/classes.txt")));
        Assert.True(File.Exists(tiny.In("yolo/p1.txt")) && File.Exists(tiny.In("labelme/p1.json")));
        using var coco = JsonDocument.Parse(File.ReadAllText(tiny.In("out/coco.json")));
        Assert.Equal(8, coco.RootElement.GetProperty("annotations").GetArrayLength());
        using var results = JsonDocument.Parse(File.ReadAllText(tiny.In("out/results.json")));
        Assert.Equal(8, results.RootElement.GetArrayLength());
    }

    [Fact]
    public void Ground_Phrase_OneBoxAPicture()
    {
        var (code, output, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--phrase", "the man on the left");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^\S+p0\.png: the man on the left [01]\.\d\d at \d+,\d+ \d+x\d+\n$", output);
    }

    [Theory]
    [InlineData("expected one of|give one of", "ground", "x.jpg")]
    [InlineData("give one of", "ground", "x.jpg", "--tags", "a", "--phrase", "b")]
    [InlineData("no tags to look for", "ground", "x.jpg", "--tags", " , ")]
    [InlineData("no letters", "ground", "x.jpg", "--tags", "...")]
    [InlineData("no letters", "ground", "x.jpg", "--tags", "!, 狗")]
    public void Ground_NothingToLookFor_SaysWhat(string expected, params string[] arguments)
    {
        var (code, _, error) = tiny.Run(arguments);

        Assert.Equal(ExitCode.Error, code);
        Assert.Matches(expected, error);
    }

    [Fact]
    public void Ground_PictureThatCannotBeRead_IsReportedAndTheRestGoesOn()
    {
        File.WriteAllText(tiny.In("broken.jpg"), "no picture");
        var (code, output, error) = tiny.Run("ground", tiny.In("broken.jpg"), tiny.In("images/p0.png"), "--tags",
            "dog, ...", "--jsonl", "--coco", tiny.In("rest.json"));

        Assert.Equal(ExitCode.NothingFound, code);
        Assert.Contains("broken.jpg", error, StringComparison.Ordinal);
        Assert.Contains("not looked for: '...' has no letters", error, StringComparison.Ordinal);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using var coco = JsonDocument.Parse(File.ReadAllText(tiny.In("rest.json")));
        Assert.EndsWith("p0.png", coco.RootElement.GetProperty("images").EnumerateArray().Single()
            .GetProperty("file_name").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_DrawOverThePictureItself_Refused()
    {
        var before = File.ReadAllBytes(tiny.In("images/p0.png"));
        var (code, _, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--tags", "dog", "--draw",
            tiny.In("images/p0.png"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("write over the picture itself", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(tiny.In("images/p0.png")));
    }

    [Theory]
    [InlineData("one.jpg", "is one file for several pictures · .*p0.png, .*p1.png")]
    [InlineData("one.gif", "cannot write a picture as '.gif'")]
    public void Ground_DrawWhatCannotBeWritten_RefusedBeforeTheFirstPicture(string file, string expected)
    {
        var (code, output, error) = tiny.Run("ground", tiny.In("images"), "--tags", "dog", "--draw", tiny.In(file));

        Assert.Equal(ExitCode.Error, code);
        Assert.Matches(expected, error);
        Assert.Equal("", output);
        Assert.False(File.Exists(tiny.In(file)));
    }

    [Fact]
    public void Ground_PictureWiderThanJpegHolds_IsReportedAndTheRestGoesOn()
    {
        ImageEncoder.Save(new RgbImage(65_520, 4), tiny.In("wide.png"));
        var (code, output, error) = tiny.Run("ground", tiny.In("wide.png"), tiny.In("images/p1.png"), "--tags",
            "dog", "--jsonl",
            "--draw", tiny.In("widths"));

        Assert.Equal(ExitCode.NothingFound, code);
        Assert.Contains("wide.jpg", error, StringComparison.Ordinal);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(["p1.jpg"], Directory.GetFiles(tiny.In("widths")).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void Ground_DrawTagOfOtherLetters_NumberedAndNamed()
    {
        var (code, _, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--tags", "dog,трава", "--draw",
            tiny.In("other.png"));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("drawn as #2: трава", error, StringComparison.Ordinal);
        Assert.DoesNotContain("#1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_NoFileOfTags_SaysWhich()
    {
        var (code, _, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--tags-file", tiny.In("absent.txt"));

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("absent.txt · no such file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_FileWithEmptyLinesAndManyTagsThatCannotBeRead_FirstOnesNamedAndTheRestCounted()
    {
        File.WriteAllLines(tiny.In("some.txt"), ["dog", "", "  ", "car", .. Enumerable.Repeat("!", 25)]);
        var (code, _, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--tags-file", tiny.In("some.txt"));

        Assert.Equal(ExitCode.Done, code);
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(21, lines.Length);
        Assert.Equal("gloss: not looked for: 5 others of the 27 tags", lines[^1]);
    }

    [Fact]
    public void Ground_ManyTagsInAFile_AllPassesAreAsked()
    {
        string[] words = ["a", "red", "dog", "car", "man", "the", "on", "left"];
        File.WriteAllLines(tiny.In("many.txt"),
            words.SelectMany(a => words.SelectMany(b => words.Select(c => $"{a} {b} {c}"))));
        var (code, output, error) = tiny.Run("ground", tiny.In("images/p0.png"), "--tags-file", tiny.In("many.txt"),
            "--jsonl", "--nms", "none", "--top", "100000");

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(words.Length * words.Length * words.Length, json.RootElement.GetProperty("boxes").EnumerateArray()
            .Select(b => b.GetProperty("tag").GetString()).Distinct().Count());
    }

    [Fact]
    public void EvaluateBoxes_PhrasesAndObjects_PrintTheirFigures()
    {
        var phrases = tiny.Run("evaluate", "boxes", "--data", tiny.Root);
        Assert.Equal(ExitCode.Done, phrases.Code);
        Assert.Contains("animals", phrases.Output, StringComparison.Ordinal);
        var objects = tiny.Run("evaluate", "boxes", "--data", tiny.In("labels.jsonl"), "--json");
        Assert.Contains("1 boxes without area", objects.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(objects.Output);
        Assert.InRange(json.RootElement.GetProperty("report").GetProperty("ap").GetDouble(), 0, 1);
    }
}
