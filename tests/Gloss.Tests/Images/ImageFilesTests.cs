using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class ImageFilesTests
{
    [Fact]
    public void Expand_Folder_FindsPicturesBelowSortedWithoutHidden()
    {
        using var folder = Files("b.JPG", "a.png", "notes.txt", ".hidden.png", "sub/c.webp", ".git/d.png",
            "sub/deep/e.gif");
        Assert.Equal(["a.png", "b.JPG", "sub/c.webp", "sub/deep/e.gif"], Names(folder, folder.Path));
    }

    [Fact]
    public void Expand_Patterns_MatchAsShellsDo()
    {
        using var folder = Files("a.png", "b.jpg", "c.txt", "x/a.png", "x/y/a.png", "[z].png");
        Assert.Equal(["a.png", "[z].png"], Names(folder, Path.Combine(folder.Path, "*.png"))
            .Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(["b.jpg"], Names(folder, Path.Combine(folder.Path, "?.jpg")));
        Assert.Equal(["x/a.png", "x/y/a.png"],
            Names(folder, Path.Combine(folder.Path, "x", "**", "*.png")).Order(StringComparer.Ordinal));
        Assert.Equal(["[z].png", "a.png", "b.jpg"], Names(folder, Path.Combine(folder.Path, "*"))
            .Order(StringComparer.Ordinal));
        Assert.Equal(["c.txt"], Names(folder, Path.Combine(folder.Path, "*.txt")));
        Assert.Equal(["[z].png"], Names(folder, Path.Combine(folder.Path, "[z].png")));
    }

    [Fact]
    public void Expand_MissingOrEmpty_ComesAsAnErrorAndTheRestGoesOn()
    {
        using var folder = Files("a.png");
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        var present = Path.Combine(folder.Path, "a.png");
        var found = ImageFiles.Expand(
            [Path.Combine(folder.Path, "none.png"), Path.Combine(folder.Path, "empty"),
                Path.Combine(folder.Path, "*.tif"), present]).ToList();
        Assert.Equal(4, found.Count);
        Assert.All(found[..3], file => Assert.Equal(ImageFault.Missing, file.Error!.Fault));
        Assert.Equal(new ImageFile(present), found[3]);
    }

    [Fact]
    public void Expand_PipeInAFolder_IsNotOpened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no pipes among files");
        using var folder = Files("sub/a.png");
        var pipe = Path.Combine(folder.Path, "sub", "pipe.jpg");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe))
            made.WaitForExit();

        foreach (var argument in new[] { folder.Path, Path.Combine(folder.Path, "*", "*.jpg") })
        {
            var found = ImageFiles.Expand([argument]).Single(file => file.Path == pipe);
            Assert.Equal("the file is empty", found.Error!.What);
        }
    }

    [Fact]
    public void Expand_Dash_ReadsTheListAsItIsAskedFor()
    {
        using var folder = Files("a.png");
        var present = Path.Combine(folder.Path, "a.png");
        var list = new StringReader($"{present}\n\nnone.png\n{present}\n");
        using var files = ImageFiles.Expand(["-"], list).GetEnumerator();
        Assert.True(files.MoveNext());
        Assert.Equal(present, files.Current.Path);
        Assert.Equal("", list.ReadLine()); // no further than asked
        Assert.True(files.MoveNext());
        Assert.NotNull(files.Current.Error);
        Assert.True(files.MoveNext());
        Assert.False(files.MoveNext());
        Assert.NotNull(Assert.Single(ImageFiles.Expand(["-"])).Error);
    }

    private static TemporaryFolder Files(params string[] names)
    {
        var folder = new TemporaryFolder();
        foreach (var name in names)
        {
            var path = Path.Combine(folder.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, [1]);
        }
        return folder;
    }

    private static List<string> Names(TemporaryFolder folder, string argument) =>
        [.. ImageFiles.Expand([argument]).Select(file =>
        {
            Assert.Null(file.Error);
            return Path.GetRelativePath(folder.Path, file.Path).Replace('\\', '/');
        })];
}
