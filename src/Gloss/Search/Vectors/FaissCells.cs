using Gloss.Torch;

namespace Gloss.Search.Vectors;

/// <summary>
/// Cells of vectors of length 1, by FAISS's spherical k-means: the coarse part of an inverted file.
/// </summary>
internal static unsafe class FaissCells
{
    private const int Rounds = 10;

    // FAISS warns where there are fewer vectors a cell to learn from.
    private const int VectorsForCell = 39;

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable { get; } = NativeLibraries.Find(NativeFaiss.Library) is not null;

    /// <summary>FAISS's version.</summary>
    public static string Version => NativeFaiss.Version();

    /// <summary>Cells for a number of vectors: 4 √N, and each of 39 vectors or more.</summary>
    public static int CountFor(long vectors) =>
        (int)Math.Clamp(Math.Min(4 * Math.Sqrt(vectors), (double)vectors / VectorsForCell), 1, 65_536);

    /// <summary>Vectors that so many cells are learned from.</summary>
    public static long SampleFor(int cells) => (long)VectorsForCell * cells;

    /// <summary>The middles (cells, width) of cells, from a sample of vectors (count, width).</summary>
    public static float[] Middles(ReadOnlySpan<float> sample, int width, int cells, int threads)
    {
        var middles = new float[checked(cells * width)];
        fixed (float* rows = sample, result = middles)
            NativeFaiss.Check(NativeFaiss.gloss_faiss_cluster(width, cells, rows, sample.Length / width, Rounds,
                threads, result), "clustering");
        return middles;
    }

    /// <summary>The cell of each of the vectors (count, width): the one with the nearest middle.</summary>
    public static void Assign(float[] middles, int width, ReadOnlySpan<float> vectors, Span<int> cells, int threads)
    {
        if (vectors.Length != (long)cells.Length * width)
            throw new ArgumentException($"{vectors.Length} numbers for {cells.Length} vectors of {width}",
                nameof(vectors));
        fixed (float* rows = vectors, centres = middles)
        {
            fixed (int* found = cells)
                NativeFaiss.Check(NativeFaiss.gloss_faiss_assign(width, middles.Length / width, centres, rows,
                    cells.Length, threads, found), "assigning");
        }
    }
}
