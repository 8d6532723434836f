using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

public sealed class ExportCommandTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-export-").FullName;

    [Fact]
    public void Export_AllForms_WriteWhatTheCatalogueHas()
    {
        Index();
        Run("tags", "add", "grandma, dog", In("p0.png"));
        Run("tags", "reject", "cat", In("p1.png"));
        var bytes = File.ReadAllBytes(In("p0.png"));

        Assert.Equal((ExitCode.Done, "5 written, 0 unchanged\n", ""), Run("export", "xmp"));
        Assert.Equal((ExitCode.Done, "0 written, 5 unchanged\n", ""), Run("export", "xmp"));
        Assert.Contains("<rdf:li>grandma</rdf:li>", File.ReadAllText(In("p0.png.xmp")), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(In("p0.png")));

        File.WriteAllText(In("p1.txt"), "my notes");
        var (code, output, error) = Run("export", "txt", "--lines");
        Assert.Equal((ExitCode.NothingFound, "4 written, 0 unchanged, 1 failed\n"), (code, output));
        Assert.Contains("--overwrite", error, StringComparison.Ordinal);
        Assert.Equal("my notes", File.ReadAllText(In("p1.txt")));
        Assert.StartsWith("dog\ngrandma\n", File.ReadAllText(In("p0.txt")), StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "5 written, 0 unchanged\n", ""), Run("export", "txt", "--overwrite"));
        Assert.DoesNotContain("cat", File.ReadAllText(In("p1.txt")), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, Run("export", "csv", "-o", In("all.csv")).Code);
        var rows = File.ReadAllLines(In("all.csv"));
        Assert.Equal("path,width,height,taken,caption,tags,scores", rows[0]);
        Assert.Equal(6, rows.Length);
        var lines = Run("export", "jsonl", "--tag", "grandma").Output.Split('\n',
            StringSplitOptions.RemoveEmptyEntries);
        using var json = JsonDocument.Parse(Assert.Single(lines));
        Assert.True(json.RootElement.GetProperty("tags")[0].GetProperty("by_person").GetBoolean());
    }

    [Fact]
    public void Export_DryRunAndBrokenSidecar_ChangeNothing()
    {
        Index();
        Assert.Contains("5 to be written", Run("export", "xmp", "--dry-run").Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*.xmp"));
        File.WriteAllText(In("p2.png.xmp"), "no xml");

        var (code, output, error) = Run("export", "xmp");

        Assert.Equal((ExitCode.NothingFound, "4 written, 0 unchanged, 1 failed\n"), (code, output));
        Assert.Contains("p2.png.xmp", error, StringComparison.Ordinal);
        Assert.Equal("no xml", File.ReadAllText(In("p2.png.xmp")));
    }

    [Fact]
    public void Export_OneNameForTwoOrPictureAway_IsToldAndWritesNothing()
    {
        Directory.CreateDirectory(In("disk"));
        File.Copy(tiny.In("images/p0.png"), In("disk/p.png"));
        Index();
        // Two endings, one sidecar: the second is told instead of replacing the first with each run.
        File.Copy(In("p3.png"), In("p3.bmp"));
        Run("index", folder, "--model", "tiny");
        Directory.Delete(In("disk"), recursive: true);
        File.WriteAllText(In("p1.txt"), "my notes");

        Assert.StartsWith("4 written, 0 unchanged, 3 failed\n", Run("export", "txt").Output, StringComparison.Ordinal);
        var (code, output, error) = Run("export", "txt");

        Assert.Equal((ExitCode.NothingFound, "0 written, 4 unchanged, 3 failed\n"), (code, output));
        Assert.Contains("already · hint: give p3", error, StringComparison.Ordinal);
        Assert.Contains("its picture is not there now", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("disk")));
        Assert.Contains("0 to be written, 4 unchanged, 3 failed\n", Run("export", "txt", "--dry-run").Output,
            StringComparison.Ordinal);
        Assert.StartsWith("5 written, 0 unchanged, 2 failed\n", Run("export", "xmp", "--short-names").Output,
            StringComparison.Ordinal);
        Assert.True(File.Exists(In("p0.xmp")));
        Assert.False(File.Exists(In("p0.png.xmp")));
    }

    [Fact]
    public void Duplicates_CopyOfAFile_IsFoundAsTextJsonAndPage()
    {
        Directory.CreateDirectory(In("sub"));
        Index();
        File.Copy(In("p0.png"), In("sub/copy.png"));
        Run("index", folder, "--model", "tiny");

        var (code, output, _) = Run("duplicates", "--exact");
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("the same file:\n", output, StringComparison.Ordinal);
        Assert.Contains("sub/copy.png", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("duplicates", "--exact", "--json").Output);
        Assert.Equal(2, json.RootElement[0].GetProperty("pictures").GetArrayLength());
        Assert.Equal((ExitCode.Done, In("d.html") + "\n", ""), Run("duplicates", "--exact", "--html", In("d.html")));
        Assert.Equal((ExitCode.Done, In("s.html") + "\n", ""),
            Run("search", "--path", In("sub"), "--html", In("s.html")));
        Assert.Contains("copy.png", File.ReadAllText(In("s.html")), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Error, Run("search", "--html", In("t.html"), "--json").Code);
    }

    [Fact]
    public void Index_Watch_TakesUpChanges()
    {
        Index();
        using var process = GlossProgram.Start(["index", folder, "--watch", "--model", "tiny"], Environment);
        string Line() => process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)).GetAwaiter()
            .GetResult()!;
        try
        {
            Assert.StartsWith("0 added", Line(), StringComparison.Ordinal);
            File.Move(In("p0.png"), In("elsewhere.png"));
            Assert.StartsWith("0 added, 1 moved", Line(), StringComparison.Ordinal);
            File.Delete(In("elsewhere.png"));
            Assert.StartsWith("0 added, 1 gone", Line(), StringComparison.Ordinal);
            Directory.CreateDirectory(In("deep/er"));
            File.Copy(tiny.In("images/p0.png"), In("deep/er/back.png"));
            Assert.StartsWith("0 added, 1 moved", Line(), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string path) => Path.Combine(folder, path);

    private void Index()
    {
        for (var i = 0; i < 5; i++)
            File.Copy(tiny.In($"images/p{i}.png"), In($"p{i}.png"));
        Assert.Equal(ExitCode.Done, Run("index", folder, "--model", "tiny").Code);
    }

    private (int Code, string Output, string Error) Run(params string[] arguments) =>
        GlossProgram.Run(arguments, null, Environment);

    private (string, string)[] Environment => [("GLOSS_MODELS", tiny.Root), ("GLOSS_CATALOGUE", In("c.db"))];
}
