using Gloss.Images;
using Gloss.Tests;

namespace Gloss.Search.Vectors;

public sealed class CellIndexTests : IDisposable
{
    private const int Width = 24;
    private const int Count = 700;
    private readonly TemporaryFolder folder = new();
    private readonly SeededGenerator random = new(5);
    private readonly (long Id, byte[] Packed)[] vectors;
    private readonly float[] middles;
    private readonly int[] cellOf;

    public CellIndexTests()
    {
        vectors = [.. Enumerable.Range(0, Count).Select(i => (10L + (3 * i), HalfVectors.Pack(Vector())))];
        middles = [.. Enumerable.Range(0, 9).SelectMany(_ => HalfVectors.Unpack(HalfVectors.Pack(Vector())))];
        cellOf = [.. vectors.Select(item => Nearest(item.Packed))];
    }

    private string File => Path.Combine(folder.Path, "vectors");

    [Fact]
    public void Search_AllCells_IsExactInAnyOrderOfRows()
    {
        var one = Write(hasCells: false);
        var query = Vector();
        List<(long, float)> expected;
        using (var flat = CellIndex.Open(one, threads: 2))
        {
            Assert.Equal((1, Width, Count), (flat.Cells, flat.Width, flat.Count));
            expected = flat.Search(query, 20);
        }
        var best = vectors.OrderByDescending(item => Dot(item.Packed, query)).Take(20).Select(item => item.Id);
        Assert.Equal(best, expected.Select(item => item.Item1));

        using var cells = CellIndex.Open(Write(hasCells: true), threads: 2);
        Assert.Equal(9, cells.Cells);
        Assert.Equal(expected, cells.Search(query, 20));
    }

    [Fact]
    public void Search_OneCell_FindsThatCellsBest()
    {
        using var cells = CellIndex.Open(Write(hasCells: true), threads: 1);
        cells.Probes = 0; // at least one
        var query = Vector();
        var cell = Nearest(HalfVectors.Pack(query));

        var found = cells.Search(query, 1).Select(item => item.Id);

        Assert.Equal([vectors.Where((_, i) => cellOf[i] == cell).MaxBy(item => Dot(item.Packed, query)).Id], found);
    }

    [Fact]
    public void Search_ManyAreAsked_MoreCellsAreLookedInto()
    {
        using var cells = CellIndex.Open(Write(hasCells: true), threads: 2);
        cells.Probes = 1;

        Assert.Equal(Count, cells.Search(Vector(), 2 * Count).Count);
        Assert.Equal(300, cells.Search(Vector(), 300).Count);
    }

    [Fact]
    public void Write_VectorOfAnotherWidth_IsRefused() => Assert.Contains("24 and of 23 numbers",
        Assert.Throws<CatalogueException>(() => CellIndex.Write(File, Width, [1, 2],
            [(1, vectors[0].Packed), (2, vectors[1].Packed[..^2])])).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(23)]
    [InlineData(24)]
    public void Open_CutFile_IsRefused(int length)
    {
        System.IO.File.WriteAllBytes(File, System.IO.File.ReadAllBytes(Write(hasCells: true))[..length]);
        Assert.Contains("no file of vectors", Assert.Throws<CatalogueException>(() => CellIndex.Open(File, 1)).Message);
    }

    [Fact]
    public void Write_VectorThatIsGoneMeanwhile_TheOthersAreRight()
    {
        CellIndex.Write(File, Width, [.. vectors.Select(item => item.Id)], vectors.Where((_, i) => i != 3), middles,
            cellOf);
        using var cells = CellIndex.Open(File, threads: 1);
        var query = HalfVectors.Unpack(vectors[4].Packed);
        Assert.Equal(vectors[4].Id, cells.Search(query, 1)[0].Id);
        Assert.DoesNotContain(vectors[3].Id, cells.Search(HalfVectors.Unpack(vectors[3].Packed), 5)
            .Where(item => item.Score > 0.99f).Select(item => item.Id));
    }

    [Theory]
    [InlineData(0, 1)] // not the mark
    [InlineData(8, 25)] // another width
    [InlineData(8, 0)]
    [InlineData(12, 8)] // another number of cells
    [InlineData(12, -1)]
    [InlineData(16, 701)] // another number of vectors
    [InlineData(24, 1)] // the first cell does not begin at the first vector
    [InlineData(32, 100_000)] // a cell beyond the end
    [InlineData(32, -1)]
    public void Open_HeaderOfAnotherFile_IsRefused(int offset, int value)
    {
        var bytes = System.IO.File.ReadAllBytes(Write(hasCells: true));
        BitConverter.TryWriteBytes(bytes.AsSpan(offset), value);
        if (value < 0)
            BitConverter.TryWriteBytes(bytes.AsSpan(offset + 4), offset == 12 ? Count : -1);
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Contains("no file of vectors", Assert.Throws<CatalogueException>(() => CellIndex.Open(File, 1)).Message);
    }

    [Fact]
    public void Cells_OfFaiss_HoldVectorsAroundTheirMiddles()
    {
        Assert.SkipUnless(FaissCells.IsAvailable, "libgloss_faiss is not built: FAISS is not installed");
        float[] rows = [.. vectors.SelectMany(item => HalfVectors.Unpack(item.Packed))];
        var found = FaissCells.Middles(rows, Width, 12, threads: 1);
        var cells = new int[Count];
        FaissCells.Assign(found, Width, rows, cells, threads: 2);

        Assert.Equal(12 * Width, found.Length);
        for (var i = 0; i < Count; i++)
        {
            var products = Enumerable.Range(0, 12)
                .Select(cell => Dot(vectors[i].Packed, found[(cell * Width)..((cell + 1) * Width)])).ToArray();
            Assert.Equal(products.Max(), products[cells[i]], 1e-5f);
        }
        Assert.Throws<ArgumentException>(() => FaissCells.Assign(found, Width, rows, new int[3], threads: 1));
    }

    public void Dispose() => folder.Dispose();

    private string Write(bool hasCells)
    {
        long[] ids = [.. vectors.Select(item => item.Id)];
        if (hasCells)
            CellIndex.Write(File, Width, ids, vectors, middles, cellOf);
        else
            CellIndex.Write(File, Width, ids, vectors);
        return File;
    }

    private int Nearest(byte[] packed) => Enumerable.Range(0, 9)
        .MaxBy(cell => Dot(packed, middles[(cell * Width)..((cell + 1) * Width)]));

    private static float Dot(byte[] packed, float[] vector) =>
        HalfVectors.Unpack(packed).Zip(vector, (a, b) => a * b).Sum();

    private float[] Vector() => [.. Enumerable.Range(0, Width).Select(_ => (float)random.NextDouble(-1, 1))];
}
