using Gloss.Data;
using Gloss.Torch;

namespace Gloss.Tests.Data;

public sealed class FeatureCacheTests
{
    [Theory]
    [InlineData(ScalarType.Float16, 1e-3)]
    [InlineData(ScalarType.BFloat16, 8e-3)]
    [InlineData(ScalarType.Float32, 0)]
    public void OpenOrBuild_NewFile_ReadsWhatWasComputed(ScalarType type, double tolerance)
    {
        using var folder = new TemporaryFolder();
        using var live = new LiveValues();
        using var cache = OpenOrBuild(Path.Combine(folder.Path, "new", "cache.safetensors"), "encoder", 3, Rows, type);
        using var rows = cache.Read([6, 0, 6]);

        Assert.Equal((7, 2, 3), (cache.Count, cache.Tokens, cache.Width));
        Assert.Equal([3, 2, 3], rows.Shape);
        var expected = Values(6).Concat(Values(0)).Concat(Values(6)).ToArray();
        Assert.All(rows.ToArray<float>().Zip(expected),
            p => Assert.Equal(p.Second, p.First, Math.Abs(p.Second) * tolerance));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Read([7]));
    }

    [Fact]
    public void OpenOrBuild_SecondTime_ComputesOnlyForAnotherIdentity()
    {
        using var folder = new TemporaryFolder();
        var identities = new List<string>();
        foreach (var identity in new[] { "one", "one", "two", "two" })
        {
            using var cache = OpenOrBuild(Path.Combine(folder.Path, "cache"), identity, 3, (start, count) =>
            {
                if (start == 0)
                    identities.Add(identity);
                return Rows(start, count);
            });
        }
        Assert.Equal(["one", "two"], identities);
    }

    [Fact]
    public void OpenOrBuild_WrongFeatures_NamesThemAndLeavesNoFile()
    {
        using var folder = new TemporaryFolder();
        using var live = new LiveValues();
        var path = Path.Combine(folder.Path, "cache");

        var shape = Assert.Throws<DatasetException>(() => OpenOrBuild(path, "e", 5, Rows));
        var range = Assert.Throws<DatasetException>(() =>
            OpenOrBuild(path, "e", 3, (_, count) => Tensors.Full([count, 2, 3], 1e6)));

        Assert.Contains("expected (3, 2, 5), got (3, 2, 3)", shape.Message, StringComparison.Ordinal);
        Assert.Contains("not finite as Float16", range.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static FeatureCache OpenOrBuild(string path, string identity, int width, Func<int, int, Tensor> compute,
        ScalarType type = ScalarType.Float16) => FeatureCache.OpenOrBuild(path, identity, 7, 2, width, compute,
            type: type, rowsAtATime: 3, cancellationToken: TestContext.Current.CancellationToken);

    private static Tensor Rows(int start, int count) =>
        Tensor.FromData(Enumerable.Range(start, count).SelectMany(Values).ToArray(), count, 2, 3);

    private static IEnumerable<float> Values(int row) => Enumerable.Range(0, 6).Select(i => row + (i * 0.37f));
}
