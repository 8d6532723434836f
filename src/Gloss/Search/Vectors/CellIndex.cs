using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Search.Vectors;

/// <summary>
/// An inverted file: all vectors in half precision, cell by cell, mapped into memory. A search compares the query with
/// the middles of the cells, and with all vectors of the nearest ones: with all cells it is exact, and as fast as
/// memory is read. The file: "GLOSSVEC", width and number of cells (32 bits), number of vectors; where each cell
/// begins, and the end; the ids; the middles (none where there is one cell); the vectors. Searches may run on several
/// threads at once; none may run while it is disposed of.
/// </summary>
internal sealed unsafe class CellIndex : IDisposable
{
    private const int HeaderBytes = 24;
    private const int MostCells = 1 << 20;

    // Rows that are dealt out to a thread together: enough work that its start does not count.
    private const int RowsAtATime = 8192;

    // Who asks for many gets them of more cells: at least so many rows are compared for each.
    private const int RowsForEach = 32;

    private static readonly byte[] magic = Encoding.ASCII.GetBytes("GLOSSVEC");
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int threads;
    private readonly long* begins;
    private readonly long* ids;
    private readonly ushort* middles;
    private readonly ushort* vectors;
    private bool isDisposed;

    private CellIndex(MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, Layout layout, int threads)
    {
        (this.file, this.view, this.threads) = (file, view, threads);
        (Width, Cells, Count) = (layout.Width, layout.Cells, layout.Count);
        begins = (long*)(start + HeaderBytes);
        ids = begins + Cells + 1;
        middles = (ushort*)(ids + Count);
        vectors = middles + layout.MiddleNumbers;
        Probes = Cells;
    }

    /// <summary>Numbers of a vector.</summary>
    public int Width { get; }

    /// <summary>Number of vectors.</summary>
    public long Count { get; }

    /// <summary>Number of cells.</summary>
    public int Cells { get; }

    /// <summary>
    /// Cells that a search looks into, 1 to <see cref="Cells"/>, more where many vectors are asked for; all of them
    /// unless it is set.
    /// </summary>
    public int Probes
    {
        get;
        set => field = Math.Clamp(value, 1, Cells);
    }

    /// <summary>Opens a written file; a search runs on at most so many threads.</summary>
    /// <exception cref="CatalogueException">It is something else, or damaged.</exception>
    public static CellIndex Open(string path, int threads)
    {
        static CatalogueException Refusal(string path) =>
            new($"no file of vectors · {path} · hint: gloss index makes it again");
        if (new FileInfo(path).Length < HeaderBytes)
            throw Refusal(path);
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var layout = ReadLayout(start, new FileInfo(path).Length) ?? throw Refusal(path);
            return new CellIndex(file, view, start, layout, threads);
        }
        catch
        {
            if (start is not null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes packed vectors with their ids.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="width">Numbers of a vector.</param>
    /// <param name="ids">The ids, ascending.</param>
    /// <param name="vectors">The vectors by their ids, in the same order, each of 2 × width bytes; one that is missing
    /// is written as zeros.</param>
    /// <param name="middles">The cells' middles (cells, width); none: all is one cell.</param>
    /// <param name="cellOf">The cell of each vector; not used where there is one.</param>
    /// <exception cref="CatalogueException">A vector has another width.</exception>
    public static void Write(string path, int width, IReadOnlyList<long> ids,
        IEnumerable<(long Id, byte[] Packed)> vectors, float[]? middles = null, IReadOnlyList<int>? cellOf = null)
    {
        var cells = middles is null ? 1 : middles.Length / width;
        var layout = new Layout(width, cells, ids.Count);
        var begins = new long[cells + 1];
        for (var i = 0; i < ids.Count; i++)
            begins[(cellOf?[i] ?? 0) + 1]++;
        for (var cell = 0; cell < cells; cell++)
            begins[cell + 1] += begins[cell];
        var (next, places, sorted) = (begins.AsSpan(0, cells).ToArray(), new long[ids.Count], new long[ids.Count]);
        for (var i = 0; i < ids.Count; i++)
        {
            places[i] = next[cellOf?[i] ?? 0]++;
            sorted[places[i]] = ids[i];
        }
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.SetLength(layout.Bytes);
        stream.Write(magic);
        stream.Write(BitConverter.GetBytes(width));
        stream.Write(BitConverter.GetBytes(cells));
        stream.Write(BitConverter.GetBytes((long)ids.Count));
        stream.Write(MemoryMarshal.AsBytes(begins.AsSpan()));
        stream.Write(MemoryMarshal.AsBytes(sorted.AsSpan()));
        for (var cell = 0; cell < cells && middles is not null && cells > 1; cell++)
            stream.Write(HalfVectors.Pack(middles.AsSpan(cell * width, width)));
        stream.Flush();
        var (first, at) = (stream.Position, 0);
        foreach (var (id, packed) in vectors)
        {
            while (at < ids.Count && ids[at] < id)
                at++;
            if (packed.Length != 2 * width)
                throw new CatalogueException($"embeddings of {width} and of {packed.Length / 2} numbers in one "
                    + "catalogue · hint: gloss index --renew makes them anew");
            if (at < ids.Count && ids[at] == id)
                RandomAccess.Write(stream.SafeFileHandle, packed, first + (places[at] * 2 * width));
        }
        stream.Flush(flushToDisk: true);
    }

    /// <summary>
    /// The nearest of a vector of length 1 among the vectors of the nearest cells, by inner product, the best first.
    /// May run on several threads at once.
    /// </summary>
    /// <param name="query">The vector.</param>
    /// <param name="count">The most of them.</param>
    public List<(long Id, float Score)> Search(float[] query, int count)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Length != Width)
            throw new ArgumentException($"a vector of {query.Length} numbers, the file has {Width}", nameof(query));
        var runs = Runs(query, count);
        var parts = (int)Math.Clamp(runs.Sum(run => run.End - run.From) / RowsAtATime, 1, threads);
        var best = new BestFew[parts];
        if (parts == 1)
            best[0] = Scan(query, runs, 0, 1, count);
        else
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads },
                part => best[part] = Scan(query, runs, part, parts, count));
        return [.. best.SelectMany(part => part.Sorted()).OrderByDescending(item => item.Score).ThenBy(item => item.Id)
            .Take(count)];
    }

    /// <summary>A vector, by its place in the file.</summary>
    public ReadOnlySpan<byte> Packed(long row) => new(vectors + (row * Width), 2 * Width);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private static Layout? ReadLayout(byte* start, long length)
    {
        if (!new ReadOnlySpan<byte>(start, 8).SequenceEqual(magic))
            return null;
        var layout = new Layout(*(int*)(start + 8), *(int*)(start + 12), *(long*)(start + 16));
        if (layout is not { Width: >= 1 and < 1 << 16, Cells: >= 1 and <= MostCells, Count: >= 0 and < 1L << 40 }
            || layout.Bytes != length)
            return null;
        var begins = new ReadOnlySpan<long>(start + HeaderBytes, layout.Cells + 1);
        if (begins[0] != 0 || begins[^1] != layout.Count)
            return null;
        for (var cell = 0; cell < layout.Cells; cell++)
        {
            if (begins[cell + 1] < begins[cell])
                return null;
        }
        return layout;
    }

    // The rows that a search compares, in runs that can be dealt out: those of the nearest cells, or all.
    private List<(long From, long End)> Runs(float[] query, int count)
    {
        var (runs, rows, wanted) = (new List<(long, long)>(), 0L, (long)RowsForEach * count);
        void Cut(long from, long end)
        {
            rows += end - from;
            for (; from < end; from += RowsAtATime)
                runs.Add((from, Math.Min(end, from + RowsAtATime)));
        }
        if (Probes >= Cells)
        {
            Cut(0, Count);
            return runs;
        }
        var (cells, products) = (new int[Cells], new float[Cells]);
        for (var cell = 0; cell < Cells; cell++)
        {
            cells[cell] = cell;
            products[cell] = -HalfVectors.Dot(new ReadOnlySpan<ushort>(middles + ((long)cell * Width), Width), query);
        }
        Array.Sort(products, cells);
        for (var i = 0; i < Cells && (i < Probes || rows < wanted); i++)
            Cut(begins[cells[i]], begins[cells[i] + 1]);
        return runs;
    }

    // Every run of a part: cells of different sizes are dealt out in turn.
    private BestFew Scan(float[] query, List<(long From, long End)> runs, int part, int parts, int count)
    {
        var best = new BestFew(count);
        for (var i = part; i < runs.Count; i += parts)
        {
            for (var row = runs[i].From; row < runs[i].End; row++)
                best.Offer(ids[row], HalfVectors.Dot(new ReadOnlySpan<ushort>(vectors + (row * Width), Width), query));
        }
        return best;
    }

    private sealed record Layout(int Width, int Cells, long Count)
    {
        public long MiddleNumbers => Cells > 1 ? (long)Cells * Width : 0;

        public long Bytes => HeaderBytes + (8L * (Cells + 1)) + (2 * MiddleNumbers) + (Count * (8 + (2L * Width)));
    }
}
