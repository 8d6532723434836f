namespace Gloss.Search;

public sealed class TextSidecarTests
{
    [Fact]
    public void Write_OwnFile_IsReplacedAndOthersAreNot()
    {
        using var test = new TestCatalogue();
        var sidecar = new TextSidecar(test.Catalogue);
        var path = test.In("photo.txt");

        Assert.True(sidecar.Write(path, "dog\n"));
        Assert.True(sidecar.Write(path, "cat\n"));
        Assert.Equal("cat\n", File.ReadAllText(path));

        File.WriteAllText(path, "my notes");
        Assert.False(sidecar.Write(path, "dog\n"));
        Assert.Equal("my notes", File.ReadAllText(path));
        Assert.True(sidecar.Write(path, "dog\n", replacesForeign: true));
        Assert.True(sidecar.Write(path, "cat\n"));
        Assert.Equal("cat\n", File.ReadAllText(path));
    }
}
