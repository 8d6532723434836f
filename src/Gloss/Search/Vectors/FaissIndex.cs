using Gloss.Torch;

namespace Gloss.Search.Vectors;

/// <summary>
/// An index of FAISS: a graph ("HNSW32_SQ8"), through which a search walks towards the query, or an inverted file
/// ("IVF1024,SQ8"), of which it looks into the cells around the query. With vectors of 8 bits a number its scores are
/// near the true ones; who needs these computes them for the few that are found. The cells of a written inverted file
/// stay there and are mapped into memory.
/// </summary>
internal sealed unsafe class FaissIndex : VectorIndex
{
    private readonly FaissHandle handle;

    private readonly int threads;

    private FaissIndex(FaissHandle handle, int threads) => (this.handle, this.threads) = (handle, threads);

    /// <summary>Whether the library is installed.</summary>
    public static bool IsAvailable { get; } = NativeLibraries.Find(NativeFaiss.Library) is not null;

    /// <summary>FAISS's version.</summary>
    public static string Version => NativeFaiss.Version();

    /// <summary>Candidates that a search in a graph keeps, or cells that it looks into; at least 1.</summary>
    public int Probes { get; set; } = 16;

    /// <inheritdoc/>
    public override int Width
    {
        get
        {
            NativeFaiss.Check(NativeFaiss.gloss_faiss_count(handle, out _, out var width), "counting");
            return width;
        }
    }

    /// <inheritdoc/>
    public override long Count
    {
        get
        {
            NativeFaiss.Check(NativeFaiss.gloss_faiss_count(handle, out var count, out _), "counting");
            return count;
        }
    }

    /// <summary>Cells for a number of vectors: the power of two below 4 √N, as FAISS's guide advises.</summary>
    public static int CellsFor(long count)
    {
        var cells = 1;
        while (cells * 2 <= 4 * Math.Sqrt(count))
            cells *= 2;
        return cells;
    }

    /// <summary>An empty index.</summary>
    /// <param name="width">Numbers of a vector.</param>
    /// <param name="description">FAISS's description of it.</param>
    /// <param name="threads">Threads of all that it does, at least 1.</param>
    public static FaissIndex Create(int width, string description, int threads)
    {
        NativeFaiss.Check(NativeFaiss.gloss_faiss_create(width, description, out var handle), $"making {description}");
        return new FaissIndex(handle, threads);
    }

    /// <summary>Opens a written index, of which a search looks into so many cells.</summary>
    public static FaissIndex Open(string path, int probes, int threads)
    {
        NativeFaiss.Check(NativeFaiss.gloss_faiss_read(path, out var handle), $"reading {path}");
        return new FaissIndex(handle, threads) { Probes = probes };
    }

    /// <summary>Learns the cells from a sample, rows of <see cref="Width"/> numbers.</summary>
    public void Train(ReadOnlySpan<float> sample)
    {
        fixed (float* rows = sample)
            NativeFaiss.Check(NativeFaiss.gloss_faiss_train(handle, rows, sample.Length / Width, threads), "training");
    }

    /// <summary>Adds vectors, rows of <see cref="Width"/> numbers, with their ids.</summary>
    public void Add(ReadOnlySpan<float> vectors, ReadOnlySpan<long> ids)
    {
        if (vectors.Length != (long)ids.Length * Width)
            throw new ArgumentException($"{vectors.Length} numbers for {ids.Length} vectors of {Width}",
                nameof(vectors));
        fixed (float* rows = vectors)
        {
            fixed (long* numbers = ids)
                NativeFaiss.Check(NativeFaiss.gloss_faiss_add(handle, rows, numbers, ids.Length, threads), "adding");
        }
    }

    /// <summary>Writes it to a file.</summary>
    public void Write(string path) => NativeFaiss.Check(NativeFaiss.gloss_faiss_write(handle, path), $"writing {path}");

    /// <inheritdoc/>
    public override List<(long Id, float Score)> Search(float[] query, int count)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Length != Width)
            throw new ArgumentException($"a vector of {query.Length} numbers, the index has {Width}", nameof(query));
        var (scores, ids) = (new float[count], new long[count]);
        fixed (float* vector = query, best = scores)
        {
            fixed (long* numbers = ids)
                NativeFaiss.Check(NativeFaiss.gloss_faiss_search(handle, vector, 1, count, Probes, threads, best,
                    numbers), "searching");
        }
        var found = new List<(long, float)>(count);
        for (var i = 0; i < count && ids[i] >= 0; i++)
            found.Add((ids[i], scores[i]));
        return found;
    }

    /// <inheritdoc/>
    public override void Dispose() => handle.Dispose();
}
