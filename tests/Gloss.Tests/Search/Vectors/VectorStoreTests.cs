using Gloss.Images;

namespace Gloss.Search.Vectors;

public sealed class VectorStoreTests : IDisposable
{
    private const int Width = 32;
    private readonly TestCatalogue test = new();
    private readonly SeededGenerator random = new(3);
    private readonly List<float[]> centres;

    public VectorStoreTests()
    {
        centres = [.. Enumerable.Range(0, 40).Select(_ => Around(new float[Width], 1))];
        Add(0, 1500);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nearest_WithIndex_IsAsWithout(bool isExact)
    {
        SkipWithoutFaiss(isExact);
        var queries = Enumerable.Range(0, 20).Select(i => Around(centres[i], 0.3)).ToArray();
        var expected = queries.Select(query => Nearest(query, 10)).ToArray();

        var build = new VectorStore(test.Catalogue)
            .Build(threads: 2, isExact, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1500, build.Count);
        Assert.True(build.Recall >= VectorStore.LeastRecall, $"recall {build.Recall}");
        var hits = queries.Select((query, i) => Nearest(query, 10).Select(item => item.Picture)
            .Intersect(expected[i].Select(item => item.Picture)).Count()).Sum();
        Assert.True(hits >= (isExact ? 200 : 190), $"{hits} of 200");
        Assert.Equal(expected[0][0].Score, Nearest(queries[0], 10)[0].Score, 1e-6f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nearest_AddedReplacedAndForgottenSince_IsUpToDate(bool isExact)
    {
        SkipWithoutFaiss(isExact);
        new VectorStore(test.Catalogue).Build(threads: 1, isExact,
            cancellationToken: TestContext.Current.CancellationToken);
        var query = Around(centres[7], 0.01);

        var fresh = test.Add("new.jpg", [], query);
        Assert.Equal(fresh, Nearest(query, 3)[0].Picture);

        test.Add("new.jpg", [], centres[8]);
        Assert.DoesNotContain(fresh, Nearest(query, 3).Select(item => item.Picture));

        var first = Nearest(query, 1)[0].Picture;
        test.Catalogue.Database.Run("UPDATE picture SET deleted = 1 WHERE id = ?", first);
        test.Catalogue.Forget();
        Assert.DoesNotContain(first, Nearest(query, 3).Select(item => item.Picture));
        Assert.Equal(5, Nearest(query, 5, allowed: test.Search.Ids(new SearchFilter()).Take(5).ToHashSet()).Count);
    }

    [Fact]
    public void Build_NoIndexFindsEnough_ComparesAll()
    {
        SkipWithoutFaiss(false);
        var query = Around(centres[0], 0.3);
        var expected = Nearest(query, 10);

        var build = new VectorStore(test.Catalogue).Build(threads: 1, leastRecall: 1.5,
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(build.IsExact);
        Assert.Equal(1, build.Recall);
        Assert.Equal(expected, Nearest(query, 10));
    }

    [Fact]
    public void Nearest_MoreThanTheNearestCellsHold_AreFoundByTheIndex()
    {
        SkipWithoutFaiss(false);
        var query = Around(centres[3], 0.3);
        var (expected, filter) = (Nearest(query, 400), Nearest(query, 1500).Where((_, i) => i % 2 == 0)
            .Select(item => item.Picture).ToHashSet());
        var within = Nearest(query, 300, filter);

        new VectorStore(test.Catalogue).Build(threads: 2, cancellationToken: TestContext.Current.CancellationToken);

        var hits = Nearest(query, 400).Select(item => item.Picture).Intersect(expected.Select(item => item.Picture));
        Assert.True(hits.Count() >= 392, $"{hits.Count()} of 400");
        Assert.Equal(within.Select(item => item.Picture), Nearest(query, 300, filter).Select(item => item.Picture));
    }

    [Fact]
    public void Build_NumbersThatAreNotFinite_AreNeverFound()
    {
        var broken = Enumerable.Repeat((byte)0x7E, 2 * Width).ToArray(); // NaN in half precision
        test.Catalogue.Database.Run("UPDATE embedding SET data = ? WHERE sequence = 5", broken);
        test.Add("nan.jpg", [], [.. Enumerable.Repeat(float.NaN, Width)]);

        var build = new VectorStore(test.Catalogue).Build(threads: 1,
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1501, build.Count);
        Assert.All(Nearest(centres[0], 10), item => Assert.InRange(item.Score, -1.001f, 1.001f));
    }

    [Fact]
    public void NeedsBuilding_AfterMuchNew_IsTrueAgain()
    {
        var store = new VectorStore(test.Catalogue);
        Assert.False(store.NeedsBuilding());
        Assert.True(store.NeedsBuilding(1000));
        store.Build(1, isExact: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(store.NeedsBuilding(1000));
        Add(1500, 100);
        Assert.False(store.NeedsBuilding(1000));
        Add(1600, 200);
        Assert.True(store.NeedsBuilding(1000));

        store.Build(1, isExact: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(store.NeedsBuilding(1000));
        test.Catalogue.Database.Run("UPDATE picture SET deleted = 1 WHERE id % 8 = 0");
        test.Catalogue.Forget();
        Assert.True(store.NeedsBuilding(1000));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public void Open_FileThatIsDamaged_IsAsIfThereWereNone(int length)
    {
        var store = new VectorStore(test.Catalogue);
        store.Build(1, isExact: true, cancellationToken: TestContext.Current.CancellationToken);
        var file = Directory.GetFiles(test.In(""), "*.vectors-*").Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..length]);

        Assert.Null(store.Open(1));
        Assert.Equal(3, Nearest(centres[0], 3).Count);
        Assert.True(store.NeedsBuilding(1000));
    }

    public void Dispose() => test.Dispose();

    private static void SkipWithoutFaiss(bool isExact)
    {
        if (!isExact && !VectorSupport.IsAvailable)
            Assert.Skip("libgloss_faiss is not built: FAISS is not installed");
    }

    private List<(long Picture, float Score)> Nearest(float[] query, int count, IReadOnlySet<long>? allowed = null) =>
        new VectorSearch(test.Catalogue).Nearest(query, count, allowed);

    private void Add(int first, int count)
    {
        var writer = new CatalogueWriter(test.Catalogue);
        writer.Save([.. Enumerable.Range(first, count).Select(i => new IndexedPicture(
            new PendingPicture(new PictureFile(test.In($"v{i}.jpg"), 1, 1), new byte[32], new DateTime(2020, 1, 1),
                IsKnown: false))
        {
            Width = 1, Height = 1, Scores = new float[6], Embedding = Around(centres[i % centres.Count], 0.3),
        })]);
    }

    private float[] Around(float[] centre, double spread)
    {
        var vector = centre.Select(value => (float)(value + (spread * random.NextDouble(-1, 1)))).ToArray();
        var length = (float)Math.Sqrt(vector.Sum(value => value * value));
        return Array.ConvertAll(vector, value => value / length);
    }
}
