using Gloss.Cli.Inspection;

namespace Gloss.Cli.Tests.Inspection;

public sealed class InstallationReportTests
{
    [Fact]
    public void SummarizeTorch_LongAccount_KeepsVersionAndArithmetic()
    {
        var text = "libtorch 1.13.1\nPyTorch built with:\n  - GCC 12.2\n  - C++ Version: 201402\n"
            + "  - Intel(R) MKL-DNN v2.6.3 (Git Hash 52b5f107)\n  - CPU capability usage: AVX2\n";

        Assert.Equal(
            "libtorch 1.13.1 · Intel(R) MKL-DNN v2.6.3 · CPU capability usage: AVX2",
            InstallationReport.SummarizeTorch(text));
    }

    [Fact]
    public void ListLoaded_Maps_NamesWatchedFilesOnce()
    {
        string[] maps =
        [
            "7f0000000000-7f0000001000 r-xp 00000000 08:01 12   /usr/lib/libvips.so.42.16.1",
            "7f0000001000-7f0000002000 r--p 00001000 08:01 12   /usr/lib/libvips.so.42.16.1",
            "7f0000002000-7f0000003000 r-xp 00000000 08:01 13   /usr/lib/my folder/libblas.so.3",
            "7f0000003000-7f0000004000 r-xp 00000000 08:01 14   /usr/lib/libc.so.6",
            "7f0000004000-7f0000005000 rw-p 00000000 00:00 0    [heap]",
        ];

        Assert.Equal(
            ["/usr/lib/libvips.so.42.16.1", "/usr/lib/my folder/libblas.so.3"], InstallationReport.ListLoaded(maps));
    }

    [Fact]
    public void IsComplete_OptionalLibraryMissing_IsStillComplete()
    {
        var report = InfoReports.Create();
        var missing = new NativeLibraryInfo { Name = "a", Purpose = "b", Error = "not found" };

        Assert.True((report with { Libraries = [missing with { IsOptional = true }] }).IsComplete);
        Assert.False((report with { Libraries = [missing] }).IsComplete);
    }

    [Fact]
    public void List_Models_ReadsFamilyAndSize()
    {
        var models = Directory.CreateTempSubdirectory("gloss-models-");
        try
        {
            models.CreateSubdirectory("not-a-model");
            var good = models.CreateSubdirectory("good");
            File.WriteAllText(Path.Combine(good.FullName, "config.json"), """{"family":"tag2text"}""");
            var broken = models.CreateSubdirectory("broken");
            File.WriteAllText(Path.Combine(broken.FullName, "config.json"), "{");

            var found = ModelInfo.List(models.FullName);

            Assert.Equal(["broken", "good"], found.Select(model => model.Name));
            Assert.Equal([null, "tag2text"], found.Select(model => model.Family));
            Assert.Equal([1, 21], found.Select(model => model.Bytes));
        }
        finally
        {
            models.Delete(recursive: true);
        }
    }
}
