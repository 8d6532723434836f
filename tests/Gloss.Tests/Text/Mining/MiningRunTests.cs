using System.Text;
using System.Text.Json;
using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class MiningRunTests
{
    private static readonly TagVocabulary Tags = new(
    [
        new Tag(0, "dog", TagType.Object, []), new Tag(1, "grass", TagType.Scene, []),
        new Tag(2, "run", TagType.Action, []),
    ]);

    [Fact]
    public void WriteFile_StoppedAndCalledAgain_GivesTheSameFile()
    {
        using var folder = new TemporaryFolder();
        var entries = Enumerable.Range(0, 1400).Select(i =>
            new CaptionEntry($"{i % 1390}.jpg", null, [i % 3 == 0 ? "A dog runs ." : "Two cats in the grass ."]))
                .ToList();
        var (whole, broken) = (Path.Combine(folder.Path, "whole.json"), Path.Combine(folder.Path, "broken.json"));
        Run(new MiningReport()).WriteFile(entries, whole, null, TestContext.Current.CancellationToken);

        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(new MiningReport())
            .WriteFile(entries, broken, _ => stop.Cancel(), stop.Token));
        File.AppendAllText(broken + ".partial", "what a killed run had written behind its last state");
        var again = Run(new MiningReport());
        Assert.Equal(512, again.WriteFile(entries, broken, null, TestContext.Current.CancellationToken));

        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(broken));
        Assert.Equal((1400, 1390, 10), (again.Report.Entries, again.Report.Captions, again.Report.Duplicates));
        Assert.False(File.Exists(broken + ".state"));
        var images = JsonSerializer.Deserialize<MinedImage[]>(File.ReadAllText(broken))!;
        Assert.Equal(1390, images.Length);
        Assert.Equal([0, 2], images[0].UnionLabelId);
        Assert.Equal(464, again.Positives[0]);

        static MiningRun Run(MiningReport report) => new(new TagMiner(Tags), new MiningOptions { Threads = 2 }, report);
    }

    [Fact]
    public void WriteStream_BadInput_IsCountedAndMined()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "captions.txt");
        var long10000 = string.Join(' ', Enumerable.Repeat("dog", 10_000));
        File.WriteAllBytes(path, [.. "A dog runs .\n\n"u8, 0xC3, 0x28, .. " dog\r\n"u8,
            .. Encoding.UTF8.GetBytes(long10000)]);
        var report = new MiningReport();
        using var stream = new MemoryStream();
        var options = new MiningOptions { Graphs = true, Threads = 1 };
        new MiningRun(new TagMiner(), options, report)
            .WriteStream(CaptionReader.Read(path, report), stream, TestContext.Current.CancellationToken);
        var lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n')
            .Select(CaptionAnnotation.Parse).ToList();
        Assert.Equal(4, lines.Count);
        Assert.Equal("dog", lines[0].Entities.Single().Head);
        Assert.Equal(long10000, lines[3].Caption);
        Assert.Equal((4, 1, 1, 1), (report.Captions, report.Empty, report.InvalidText, report.TooLong));
        Assert.Equal("1 empty captions, 1 lines with invalid UTF-8, 1 captions cut for their length", report.Faults);
    }
}
