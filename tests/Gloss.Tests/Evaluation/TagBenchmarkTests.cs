using Gloss.Evaluation;
using Gloss.Tests.Models;
using Gloss.Torch;

namespace Gloss.Tests.Evaluation;

public sealed class TagBenchmarkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Open_OpenImagesLayout_ReadsNamesOrTheIdsOfTag2Text()
    {
        Write("openimages_x_ram_taglist.txt", "dog\ntraffic light\ncat\n");
        Write("openimages_x_ram_annots.txt", "test/000a,dog,cat\ntest/000b\ntest/000c,traffic light\n");
        Write("openimages_x_tag2text_tagidlist.txt", "3\n1141\n");
        Write("openimages_x_tag2text_idannots.txt", "test/000a,1141,3\ntest/000b\n");
        Directory.CreateDirectory(In("imgs/test"));
        Write("imgs/test/000a.jpg", "");

        var names = TagBenchmark.Open(folder.Path);
        Assert.Equal(["dog", "traffic light", "cat"], names.Tags);
        Assert.Equal([1, 0, 1, 0, 0, 0, 0, 1, 0], names.Targets());
        Assert.Equal(In("imgs/test/000a.jpg"), names.PathOf(names.Pictures[0]));
        Assert.False(names.AreIds);

        var ids = TagBenchmark.Open(folder.Path, prefersIds: true);
        Assert.True(ids.AreIds);
        Assert.Equal([1, 1, 0, 0], ids.Targets());
    }

    [Fact]
    public void Open_HicoLayout_ReadsPlacesInTheListOfTags()
    {
        Write("hico_x_taglist.txt", "person board airplane\nperson direct airplane\nperson exit airplane\n");
        Write("hico_x_annots.txt", "HICO_test2015_00000001.jpg,2\nHICO_test2015_00000002.jpg,0 1\nnone.JPEG\n");

        var benchmark = TagBenchmark.Open(folder.Path);

        Assert.Equal([0, 0, 1, 1, 1, 0, 0, 0, 0], benchmark.Targets());
        Assert.Equal(In("imgs/none.JPEG"), benchmark.PathOf(benchmark.Pictures[2]));
        var some = benchmark.Only([2, 0]);
        Assert.Equal(["person exit airplane", "person board airplane"], some.Tags);
        Assert.Equal([1, 0, 0, 1, 0, 0], some.Targets());
    }

    [Theory]
    [InlineData("a\nb\n", "x,c\n", "x_annots.txt:1 · 'c' is not in")]
    [InlineData("a\nb\n", "x,0\ny,2\n", "x_annots.txt:2 · expected a place in the list of tags, 0 to 1, got '2'")]
    [InlineData("a\n\nb\n", "x\n", "x_taglist.txt:2 · expected a tag, got an empty line")]
    [InlineData("", "x\n", "has no tags")]
    [InlineData("a\n", ",a\n", "x_annots.txt:1 · expected a picture's name")]
    public void Open_BrokenLists_SayWhere(string tags, string pictures, string expected)
    {
        Write("x_taglist.txt", tags);
        Write("x_annots.txt", pictures);

        Assert.Contains(expected, Assert.Throws<FormatException>(() => TagBenchmark.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutLists_NamesThem() => Assert.Contains("NAME_ram_taglist.txt",
        Assert.Throws<FormatException>(() => TagBenchmark.Open(folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Measure_OfficialExample_EqualsTheOfficial()
    {
        var (scores, targets, expected) = Official();
        var benchmark = TagBenchmark.Read(Reference("taglist.txt"), Reference("gt.txt"), "imgs");
        Assert.Equal(targets, benchmark.Targets());

        var report = BenchmarkReport.Measure(benchmark, scores, Floats(expected["thresholds"]));

        Assert.Equal(expected["scores.mAP"].ToDouble(), report.MeanAveragePrecision, 1e-9);
        Equal(expected["scores.AP"], report.AveragePrecisions);

        // The official predictions were made from the scores with ties.
        var ties = BenchmarkReport.Measure(benchmark, Floats(expected["scores_ties"]), Floats(expected["thresholds"]));
        Equal(expected["scores_ties.stable.AP"], ties.AveragePrecisions);
        Equal(expected["PR.P"], ties.Decisions.ClassPrecisions);
        Equal(expected["PR.R"], ties.Decisions.ClassRecalls);
        Assert.Equal(expected["PR.CP"].ToDouble(), ties.Decisions.CP, 1e-9);
        Assert.Equal(expected["PR.CR"].ToDouble(), ties.Decisions.CR, 1e-9);
        Assert.Equal(File.ReadLines(Reference("pred.txt")), ties.PredictionLines());

        var twice = TagBenchmark.Read(Reference("taglist_duplicate.txt"), Reference("gt_duplicate.txt"), "imgs");
        Equal(expected["duplicate.AP"],
            BenchmarkReport.Measure(twice, scores, Floats(expected["thresholds"])).AveragePrecisions);
        foreach (var tensor in expected.Values)
            tensor.Dispose();
    }

    [Fact]
    public void Write_HandMadeScores_MakesTheOfficialFiles()
    {
        Write("x_taglist.txt", "dog\ncat\n");
        Write("x_annots.txt", "a,dog\nb,cat\nc\n");
        var report = BenchmarkReport.Measure(TagBenchmark.Open(folder.Path), [0.9f, 0.5f, 0.6f, 0.4f, 0.1f, 0.2f],
            [0.6f, 0.5f]);
        report.Write(In("out"), [new("dataset", "x")]);

        // "dog" at its threshold is given; "cat" was not given where it was right.
        Assert.Equal("a,dog,cat\nb,dog\nc\n", File.ReadAllText(In("out/pred.txt")));
        Assert.Equal("Tag,AP\ndog,100.00\ncat,50.00\n", File.ReadAllText(In("out/ap.txt")));
        Assert.Equal("Tag,Precision,Recall\ndog,50.00,100.00\ncat,0.00,0.00\n", File.ReadAllText(In("out/pr.txt")));
        var summary = File.ReadAllLines(In("out/summary.txt"));
        Assert.Equal(["dataset: x", "mAP", "CP", "CR"],
            summary.Select((line, i) => i == 0 ? line : line.Split(':')[0]));
    }

    private static (float[] Scores, byte[] Targets, Dictionary<string, Tensor> All) Official()
    {
        Assert.NotNull(RamFamilyReference.Path("metrics/metrics.safetensors"));
        var all = RamFamilyReference.Tensors("metrics/metrics.safetensors");
        return (Floats(all["scores"]), all["targets"].ToArray<byte>(), all);
    }

    private static float[] Floats(Tensor tensor) => tensor.ToArray<float>();

    private static void Equal(Tensor expected, IReadOnlyList<double> actual)
    {
        var values = expected.ToArray<double>();
        Assert.Equal(values.Length, actual.Count);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(values[i], actual[i], 1e-9);
    }

    private static string Reference(string name) => RamFamilyReference.Path($"metrics/{name}");

    private string In(string name) => Path.Combine(folder.Path, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);
}
