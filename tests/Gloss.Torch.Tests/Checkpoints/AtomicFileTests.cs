using Gloss.Torch;

namespace Gloss.Torch.Tests.Checkpoints;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    [Fact]
    public void WriteLines_NewFolder_IsMadeAndLinesEndInLf()
    {
        var path = Path.Combine(root, "a", "b.txt");
        AtomicFile.WriteLines(path, ["ü", "2"]);
        Assert.Equal([0xC3, 0xBC, (byte)'\n', (byte)'2', (byte)'\n'], File.ReadAllBytes(path));
        AtomicFile.WriteText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!)));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAlone()
    {
        var path = Path.Combine(root, "b.txt");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.WriteText(path, writer =>
        {
            writer.Write("half");
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(root)));
    }

    [Fact]
    public void Write_Link_ReplacesWhatItPointsAt()
    {
        var (path, link) = (Path.Combine(root, "b.txt"), Path.Combine(root, "link"));
        File.WriteAllText(path, "old");
        File.CreateSymbolicLink(link, path);
        AtomicFile.WriteText(link, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void Write_Device_IsWrittenDirectly()
    {
        AtomicFile.WriteText("/dev/null", "gone");
        Assert.Empty(Directory.GetFiles("/dev", "null.*.tmp"));
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
