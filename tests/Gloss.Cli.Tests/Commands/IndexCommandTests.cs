using System.Diagnostics;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Images;

namespace Gloss.Cli.Commands;

public sealed class IndexCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-index-").FullName;

    [Fact]
    public void Index_TwiceAndAfterChanges_DoesOnlyWhatIsNew()
    {
        CopyPictures();
        Assert.Equal("5 added", Index().Summary);
        Assert.Equal("0 added, 5 unchanged", Index().Summary);

        File.Move(In("p0.png"), In("sub/moved.png"));
        File.Delete(In("p1.png"));
        File.Copy(In("p3.png"), In("p2.png"), overwrite: true);
        Save(In("new.png"), 77);
        File.SetLastWriteTimeUtc(In("p4.png"), new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal("1 added, 1 updated, 1 moved, 2 unchanged, 1 gone", Index().Summary);
        Assert.Equal("0 added, 5 unchanged", Index().Summary);

        // A file that comes back is known again.
        File.Copy(tiny.In("images/p1.png"), In("p1.png"));
        Assert.Equal("0 added, 6 unchanged", Index().Summary);
        Assert.Equal(6, Found("--path", folder).Length);
    }

    [Fact]
    public void Index_Moved_KeepsWhatAPersonDecided()
    {
        CopyPictures();
        Index();
        Assert.Equal((ExitCode.Done, "1 of 1 pictures changed\n", ""),
            Run("tags", "add", "grandma, dog", In("p3.png")));
        Directory.CreateDirectory(In("z"));
        File.Move(In("p3.png"), In("z/else.png"));

        Assert.Equal("0 added, 1 moved, 4 unchanged", Index().Summary);

        Assert.Equal(["z/else.png"], Found("--tag", "grandma"));
        Assert.Equal(["z/else.png"], Found("grandma"));
    }

    [Fact]
    public void Index_BrokenAndMissing_AreReportedOnce()
    {
        CopyPictures();
        File.Copy(tiny.In("broken.jpg"), In("broken.jpg"));
        File.SetLastWriteTimeUtc(In("broken.jpg"), new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var (code, output, error) = RunModel("index", folder, In("nowhere"));
        Assert.Equal(ExitCode.NothingFound, code);
        Assert.StartsWith("5 added, 2 failed", output, StringComparison.Ordinal);
        Assert.Contains("broken.jpg", error, StringComparison.Ordinal);
        Assert.Contains("no such file or folder", error, StringComparison.Ordinal);

        Assert.Equal("0 added, 6 unchanged", Index().Summary);
    }

    [Fact]
    public void Index_NoDateInTheFile_IsTakenWhenWrittenByTheClockOnTheWall()
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Asia/Tokyo", out _), "no time zones are installed");
        CopyPictures();
        // Midnight of UTC on 1 January 2014 is nine o'clock there.
        GlossProgram.Run(["index", folder, "--model", "tiny"], null, [.. Environment, ("TZ", "Asia/Tokyo")]);

        using var json = JsonDocument.Parse(Run("search", "--json", "--path", In("p0.png")).Output);

        Assert.Equal("2014-01-01T09:00:00", json.RootElement[0].GetProperty("taken").GetString());
    }

    [Fact]
    public void Index_EmptyFileAndPipe_AreNotOpened()
    {
        CopyPictures();
        File.WriteAllBytes(In("empty.jpg"), []);
        File.SetLastWriteTimeUtc(In("empty.jpg"), new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using (var made = Process.Start("mkfifo", In("pipe.jpg")))
            made.WaitForExit();
        Assert.True(File.Exists(In("pipe.jpg")));
        File.SetLastWriteTimeUtc(In("pipe.jpg"), new DateTime(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var (_, output, error) = RunModel("index", folder);

        Assert.StartsWith("5 added, 2 failed", output, StringComparison.Ordinal);
        Assert.Contains("the file is empty · ", error, StringComparison.Ordinal);
        Assert.Equal("0 added, 7 unchanged", Index().Summary);
        File.Copy(tiny.In("images/p0.png"), In("empty.jpg"), overwrite: true);
        Assert.Equal("0 added, 1 updated, 6 unchanged", Index().Summary);
    }

    [Theory]
    [InlineData("--since 2024 lies after --until 2023", "--since", "2024", "--until", "2023")]
    [InlineData("--tag · expected a tag, got nothing", "--tag", ",")]
    [InlineData("--since · expected a date", "--since", "yesterday")]
    [InlineData("no such option · -q", "dog", "-q")]
    public void Search_CannotBeMeant_IsRefused(string expected, params string[] arguments)
    {
        var (code, _, error) = Run(["search", .. arguments]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Index_OtherModel_IsRefusedUntilRenewed()
    {
        CopyPictures();
        Index();
        var config = File.ReadAllText(tiny.In("tiny/config.json"));
        var other = Directory.CreateDirectory(In("models/other")).FullName;
        foreach (var file in Directory.GetFiles(tiny.In("tiny")))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(other, "config.json"),
            config.Replace("\"threshold\": 0.1", "\"threshold\": 0.2", StringComparison.Ordinal));

        var (code, _, error) = Run("index", folder, "--model", other);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("of another model", error, StringComparison.Ordinal);
        Assert.Contains("hint: --renew", error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, Run("index", In("sub"), "--model", other, "--renew").Code);
        Assert.Contains(", 5 of them not yet seen by its model", Run("search", "dog").Error, StringComparison.Ordinal);
        (code, var output, _) = Run("index", folder, "--model", other, "--renew");
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("0 added, 5 updated", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Error, RunModel("search", "--like", tiny.In("images/p0.png")).Code);
        Assert.Equal(ExitCode.Done, Run("search", "--like", tiny.In("images/p0.png")).Code);
    }

    [Fact]
    public void Index_Captions_AddsThemLater()
    {
        CopyPictures();
        Index();
        Assert.DoesNotContain("caption", Run("search", "--json").Output, StringComparison.Ordinal);

        Assert.Equal("0 added, 5 updated", Index("--captions").Summary);
        Assert.Equal("0 added, 5 unchanged", Index("--captions").Summary);

        using var json = JsonDocument.Parse(Run("search", "--json").Output);
        Assert.Equal(5, json.RootElement.GetArrayLength());
        Assert.All(json.RootElement.EnumerateArray(), item =>
            Assert.NotEqual("", item.GetProperty("caption").GetString()));
    }

    [Fact]
    public void Index_Scores_AreThoseOfTag()
    {
        CopyPictures();
        Index();
        using var tagged = JsonDocument.Parse(RunModel("tag", In("p0.png"), "--json").Output);
        using var found = JsonDocument.Parse(Run("search", "--json", "--path", In("p0.png")).Output);

        Assert.Equal(tagged.RootElement[0].GetProperty("tags").EnumerateArray()
            .Select(tag => (tag.GetProperty("name").GetString(), tag.GetProperty("score").GetDecimal())),
            found.RootElement[0].GetProperty("tags").EnumerateArray()
                .Select(tag => (tag.GetProperty("name").GetString(), tag.GetProperty("score").GetDecimal())));
    }

    [Fact]
    public void Index_KilledAndTwoAtOnce_LosesAndDoublesNothing()
    {
        for (var i = 0; i < 160; i++)
            Save(In($"many{i}.png"), i);
        using (var killed = Start("index", folder, "--batch", "1", "--threads", "1"))
        {
            var clock = Stopwatch.StartNew();
            while (Count() < 10 && clock.Elapsed < TimeSpan.FromMinutes(1) && !killed.HasExited)
                Thread.Sleep(20);
            killed.Kill();
            killed.WaitForExit();
        }
        var before = Count();
        Assert.True(before >= 10, $"{before} pictures");

        using var first = Start("index", folder, "--batch", "2");
        using var second = Start("index", folder, "--batch", "2");
        foreach (var process in new[] { first, second })
        {
            process.StandardOutput.ReadToEnd();
            Assert.Equal("", process.StandardError.ReadToEnd());
            process.WaitForExit();
            Assert.Equal(ExitCode.Done, process.ExitCode);
        }
        Assert.Equal(160, Count());
        Assert.Equal("0 added, 160 unchanged", Index().Summary);
        Assert.Equal(160, Found("-n", "1000").Distinct().Count());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string path) => Path.Combine(folder, path);

    private void CopyPictures()
    {
        Directory.CreateDirectory(In("sub"));
        for (var i = 0; i < 5; i++)
        {
            File.Copy(tiny.In($"images/p{i}.png"), In($"p{i}.png"));
            File.SetLastWriteTimeUtc(In($"p{i}.png"), new DateTime(2014, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
        }
    }

    private static void Save(string path, int number)
    {
        var picture = new RgbImage(40, 30);
        for (var p = 0; p < picture.Pixels.Length; p++)
            picture.Pixels[p] = (byte)((p * (number + 3)) + number);
        Gloss.Images.ImageEncoder.Save(picture, path);
    }

    private int Count()
    {
        if (!File.Exists(In("c.db")))
            return 0;
        var (code, output, _) = Run("search", "--jsonl", "-n", "1000");
        return code == ExitCode.Done ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length : 0;
    }

    private (string Summary, string Error) Index(params string[] options)
    {
        var (code, output, error) = RunModel(["index", folder, .. options]);
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        return (output.Split(" · ")[0], error);
    }

    private string[] Found(params string[] arguments) =>
    [
        .. Run(["search", "--jsonl", .. arguments]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return Path.GetRelativePath(folder, json.RootElement.GetProperty("path").GetString()!);
        }),
    ];

    private (int Code, string Output, string Error) RunModel(params string[] arguments) =>
        Run([.. arguments, "--model", "tiny"]);

    private (int Code, string Output, string Error) Run(params string[] arguments) =>
        GlossProgram.Run(arguments, null, Environment);

    private Process Start(params string[] arguments) =>
        GlossProgram.Start([.. arguments, "--model", "tiny"], Environment);

    private (string, string)[] Environment => [("GLOSS_MODELS", tiny.Root), ("GLOSS_CATALOGUE", In("c.db"))];
}
