using Gloss.Cli.Recognition;

namespace Gloss.Cli.Tests.Recognition;

public sealed class DrawnPictureTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("gloss-drawn-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void CheckTarget_PictureItself_IsRefusedByAnyOfItsNames()
    {
        var picture = Path.Combine(folder.FullName, "a.jpg");
        var link = Path.Combine(folder.FullName, "link.jpg");
        File.WriteAllText(picture, "");
        File.CreateSymbolicLink(link, picture);

        foreach (var target in new[] { picture, link, Path.Combine(folder.FullName, "sub", "..", "a.jpg") })
        {
            Assert.Contains($"-o {target} would write over the picture itself · {picture}",
                Assert.Throws<ArgumentException>(() => DrawnPicture.CheckTarget("-o", target, picture)).Message);
            Assert.Throws<ArgumentException>(() => DrawnPicture.CheckTarget("-o", picture, target));
        }
        DrawnPicture.CheckTarget("-o", Path.Combine(folder.FullName, "b.jpg"), picture);
    }
}
