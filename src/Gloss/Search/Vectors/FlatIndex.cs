using System.IO.MemoryMappedFiles;
using System.Text;

namespace Gloss.Search.Vectors;

/// <summary>
/// All vectors one after the other in half precision, each compared with the query: exact, and bound by how fast memory
/// is read. The file is mapped into memory: 16 bytes ("GLOSSVEC", width, 0), the number of vectors, the ids, the
/// vectors.
/// </summary>
internal sealed unsafe class FlatIndex : VectorIndex
{
    private const int HeaderBytes = 24;

    // Enough work for a thread that its start does not count.
    private const int LeastPart = 16_384;

    private static readonly byte[] magic = Encoding.ASCII.GetBytes("GLOSSVEC");
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly long* ids;
    private readonly ushort* vectors;
    private readonly int threads;

    private FlatIndex(MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, int width, long count,
        int threads)
    {
        (this.file, this.view, Width, Count, this.threads) = (file, view, width, count, threads);
        ids = (long*)(start + HeaderBytes);
        vectors = (ushort*)(ids + count);
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override long Count { get; }

    /// <summary>Opens a written file; a search runs on at most so many threads.</summary>
    /// <exception cref="CatalogueException">It is something else, or cut off.</exception>
    public static FlatIndex Open(string path, int threads)
    {
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var length = new FileInfo(path).Length;
            var (width, count) = length < HeaderBytes ? (0, 0) : (*(int*)(start + 8), *(long*)(start + 16));
            if (length < HeaderBytes || !new ReadOnlySpan<byte>(start, 8).SequenceEqual(magic) || width < 1 || count < 0
                || length != HeaderBytes + (count * (8 + (2L * width))))
                throw new CatalogueException($"no file of vectors · {path} · hint: gloss index makes it again");
            return new FlatIndex(file, view, start, width, count, threads);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes packed vectors with their ids.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="width">Numbers of a vector.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="vectors">The vectors in their order, each of 2 × width bytes.</param>
    public static void Write(string path, int width, IReadOnlyList<long> ids, IEnumerable<byte[]> vectors)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write(magic);
        stream.Write(BitConverter.GetBytes((long)width));
        stream.Write(BitConverter.GetBytes((long)ids.Count));
        foreach (var id in ids)
            stream.Write(BitConverter.GetBytes(id));
        foreach (var vector in vectors)
            stream.Write(vector);
        stream.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public override List<(long Id, float Score)> Search(float[] query, int count)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Length != Width)
            throw new ArgumentException($"a vector of {query.Length} numbers, the file has {Width}", nameof(query));
        var parts = (int)Math.Clamp(Count / LeastPart, 1, threads);
        var best = new BestFew[parts];
        if (parts == 1)
            best[0] = Scan(query, 0, Count, count);
        else
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads },
                part => best[part] = Scan(query, Count * part / parts, Count * (part + 1) / parts, count));
        return [.. best.SelectMany(part => part.Sorted()).OrderByDescending(item => item.Score).ThenBy(item => item.Id)
            .Take(count)];
    }

    /// <summary>A vector, by its place in the file.</summary>
    public ReadOnlySpan<byte> Packed(long row) => new(vectors + (row * Width), 2 * Width);

    /// <inheritdoc/>
    public override void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private BestFew Scan(float[] query, long from, long to, int count)
    {
        var best = new BestFew(count);
        for (var row = from; row < to; row++)
            best.Offer(ids[row], HalfVectors.Dot(new ReadOnlySpan<ushort>(vectors + (row * Width), Width), query));
        return best;
    }
}
