namespace Gloss.Search;

public sealed class DuplicateFinderTests : IDisposable
{
    private readonly TestCatalogue test = new();

    public DuplicateFinderTests()
    {
        test.Add("a.jpg", [], [1, 0, 0, 0], content: 1, look: 0);
        test.Add("copy.jpg", [], [1, 0, 0, 0], content: 1, look: 0);
        test.Add("near.jpg", [], [0.98f, 0.1f, 0, 0], content: 2, look: 0b111);
        test.Add("alike.jpg", [], [0.98f, 0, 0.1f, 0], content: 3, look: -1);
        test.Add("other.jpg", [], [0, 0, 0, 1], content: 4, look: 0);
    }

    [Fact]
    public void Find_Exact_GivesTheSameFiles()
    {
        var group = Assert.Single(Find(new DuplicateOptions { IsExact = true }));

        Assert.True(group.IsIdentical);
        Assert.Equal(["a.jpg", "copy.jpg"], Names(group));
    }

    [Fact]
    public void Find_Near_AsksEmbeddingsAndLooks()
    {
        var group = Assert.Single(Find(new DuplicateOptions { Similarity = 0.98f }));

        Assert.False(group.IsIdentical);
        Assert.Equal(["a.jpg", "copy.jpg", "near.jpg"], Names(group));
        Assert.Equal(0.98 / Math.Sqrt(0.9704), group.Similarity, 1e-3);
    }

    [Fact]
    public void Find_WithoutLooks_TakesWhatTheModelFindsAlike() =>
        Assert.Equal(["a.jpg", "alike.jpg", "copy.jpg", "near.jpg"],
            Names(Assert.Single(Find(new DuplicateOptions { Similarity = 0.98f, LookDistance = 64 }))));

    [Fact]
    public void Find_HighSimilarity_GivesOnlyTheSame() =>
        Assert.True(Assert.Single(Find(new DuplicateOptions { Similarity = 0.999f })).IsIdentical);

    [Fact]
    public void Find_ManyPictures_FindsEveryPairOnce()
    {
        for (var i = 0; i < 150; i++)
        {
            var angle = i / 2 * 0.04;
            test.Add($"pair{i}.jpg", [], [0, (float)Math.Cos(angle), (float)Math.Sin(angle), i % 2 * 0.001f],
                content: (byte)(10 + i), look: (i / 2) << 20);
        }

        var groups = Find(new DuplicateOptions { Similarity = 0.999f, LookDistance = 0 })
            .Where(group => Names(group)[0].StartsWith("pair", StringComparison.Ordinal)).ToArray();

        Assert.Equal(75, groups.Length);
        Assert.All(groups, group => Assert.Equal(2, group.Pictures.Count));
    }

    public void Dispose() => test.Dispose();

    private IReadOnlyList<DuplicateGroup> Find(DuplicateOptions options) =>
        new DuplicateFinder(test.Catalogue).Find(options, TestContext.Current.CancellationToken);

    private static string[] Names(DuplicateGroup group) =>
        [.. group.Pictures.Select(picture => Path.GetFileName(picture.Path)).Order(StringComparer.Ordinal)];
}
