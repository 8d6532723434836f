using System.Diagnostics;
using System.Runtime.InteropServices;
using Gloss.Images;
using Gloss.Search.Sqlite;

namespace Gloss.Search.Vectors;

/// <summary>
/// The file of vectors beside a large catalogue, made of its embeddings at any time; their ids are the embeddings'
/// sequence numbers, so that one that was replaced or removed since is recognised. Small catalogues need none.
/// </summary>
internal sealed class VectorStore(Catalogue catalogue)
{
    /// <summary>Below so many vectors all of them are read and compared.</summary>
    public const long LeastIndexed = 100_000;

    /// <summary>What an approximate index has to find of the ten nearest.</summary>
    public const double LeastRecall = 0.98;

    // An index is made again once this part of the embeddings is not in it, or of it is gone.
    private const double MostMissing = 0.1;
    private const int Chunk = 8192;
    private const int RecallQueries = 100;
    private const int RecallCount = 10;

    // Some that are found may have been replaced or removed since: a part, and a few.
    private const int ReservePart = 8;
    private const int Reserve = 16;

    private readonly SqliteDatabase database = catalogue.Database;

    /// <summary>
    /// The index of the current model's embeddings, with the sequence number up to which it goes; null where there is
    /// none.
    /// </summary>
    public (CellIndex Index, long UpTo)? Open(int threads)
    {
        using var row = database.Use("SELECT file, is_exact, up_to, probes FROM vector_index WHERE model = ?",
            catalogue.Model?.Row);
        if (!row.Step())
            return null;
        var path = Path.Combine(Path.GetDirectoryName(catalogue.Path)!, row.Text(0));
        if (!File.Exists(path))
            return null;
        try
        {
            var index = CellIndex.Open(path, threads);
            if (row.Int64(1) == 0)
                index.Probes = (int)Math.Clamp(row.Int64(3), 1, index.Cells);
            if (index.Width == Width())
                return (index, row.Int64(2));
            index.Dispose();
            return null;
        }
        catch (Exception cause) when (cause is CatalogueException or IOException or UnauthorizedAccessException)
        {
            // The embeddings themselves are in the catalogue: all is found without the file, only more slowly.
            return null;
        }
    }

    /// <summary>Whether an index is wanted and missing, or too much of the catalogue is not in it.</summary>
    public bool NeedsBuilding(long leastIndexed = LeastIndexed)
    {
        var count = Count();
        if (count < leastIndexed)
            return false;
        using var opened = Open(1)?.Index;
        var upTo = opened is null ? 0 : database.Number("SELECT up_to FROM vector_index WHERE model = ?",
            catalogue.Model?.Row) ?? 0;
        var missing = database.Number("SELECT count(*) FROM embedding WHERE sequence > ? AND model = ?", upTo,
            catalogue.Model?.Row) ?? 0;
        // Of what was in it, this is no longer there.
        var gone = opened is null ? 0 : opened.Count - (count - missing);
        return opened is null || missing + gone > MostMissing * count;
    }

    /// <summary>
    /// Makes the index: as many cells as fit the number of vectors, of which a search looks into so many that it finds
    /// enough; without FAISS, which makes the cells, all vectors are compared.
    /// </summary>
    public VectorBuild Build(int threads, bool? isExact = null, double leastRecall = LeastRecall,
        CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        var model = catalogue.RequireModel();
        var upTo = database.Number("SELECT max(sequence) FROM embedding WHERE model = ?", model.Row) ?? 0;
        var count = Count();
        if (count == 0)
            throw new CatalogueException($"no embeddings · {catalogue.Path}");
        var name = $"{Path.GetFileName(catalogue.Path)}.vectors-{model.Row}-{upTo}-{Guid.NewGuid():N}";
        var path = Path.Combine(Path.GetDirectoryName(catalogue.Path)!, name);
        var (cells, probes, recall, written) = (1, 1, 1.0, 0L);
        try
        {
            Fill(path, isExact ?? !FaissCells.IsAvailable, count, upTo, threads, cancellationToken);
            using (var index = CellIndex.Open(path, threads))
            {
                (cells, written) = (index.Cells, index.Count);
                if (cells > 1)
                    (probes, recall) = ChooseProbes(index, Queries(upTo, cancellationToken), leastRecall,
                        cancellationToken);
            }
            var exact = probes == cells;
            database.Write(() =>
            {
                catalogue.CheckModel();
                // Not over that of another process, which began later.
                database.Run("INSERT INTO vector_index(model, file, is_exact, up_to, probes) VALUES(?, ?, ?, ?, ?) "
                    + "ON CONFLICT(model) DO UPDATE SET file = excluded.file, is_exact = excluded.is_exact, "
                    + "up_to = excluded.up_to, probes = excluded.probes WHERE excluded.up_to >= up_to",
                    model.Row, name, exact, upTo, probes);
            });
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        var bytes = new FileInfo(path).Length;
        RemoveOthers();
        return new VectorBuild(written, cells, probes, recall, clock.Elapsed, bytes);
    }

    /// <summary>The true products of found sequence numbers; those that are no longer there are left out.</summary>
    public List<(long Picture, float Score)> Look(IEnumerable<long> sequences, float[] query)
    {
        var found = new List<(long, float)>();
        foreach (var sequence in sequences)
        {
            using var row = database.Use("SELECT picture, data FROM embedding WHERE sequence = ? AND model = ?",
                sequence, catalogue.Model?.Row);
            if (row.Step())
                found.Add((row.Int64(0), HalfVectors.Dot(MemoryMarshal.Cast<byte, ushort>(row.Bytes(1)), query)));
        }
        return found;
    }

    /// <summary>How many embeddings of the current model there are.</summary>
    public long Count() => database.Number("SELECT count(*) FROM embedding WHERE model = ?", catalogue.Model?.Row) ?? 0;

    /// <summary>So many found ones hold the asked number of those that are still there.</summary>
    public static int Candidates(int count) => count + (count / ReservePart) + Reserve;

    private int Width()
    {
        using var row = database.Use("SELECT data FROM embedding WHERE model = ? LIMIT 1", catalogue.Model?.Row);
        return row.Step() ? row.Bytes(0).Length / 2 : 0;
    }

    private IEnumerable<(long Sequence, byte[] Packed)> Packed(long upTo, CancellationToken cancellationToken)
    {
        using var rows =
            database.Use("SELECT sequence, data FROM embedding WHERE model = ? AND sequence <= ? ORDER BY sequence",
            catalogue.Model?.Row, upTo);
        while (rows.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (rows.Int64(0), HalfVectors.Finite(rows.Bytes(1).ToArray()));
        }
    }

    private void Fill(string path, bool isExact, long count, long upTo, int threads,
        CancellationToken cancellationToken)
    {
        var width = Width();
        if (isExact)
        {
            var all = database.All(
                "SELECT sequence FROM embedding WHERE model = ? AND sequence <= ? ORDER BY sequence",
                row => row.Int64(0), catalogue.Model?.Row, upTo);
            CellIndex.Write(path, width, all, Packed(upTo, cancellationToken));
            return;
        }
        var cellCount = FaissCells.CountFor(count);
        var sample = Sample(width, Math.Min(count, FaissCells.SampleFor(cellCount)), count, upTo, cancellationToken);
        var middles = FaissCells.Middles(sample, width, cellCount, threads);
        var (ids, cellOf, chunk) = (new List<long>(), new List<int>(), new float[Chunk * width]);
        void Assign()
        {
            cancellationToken.ThrowIfCancellationRequested();
            var cells = new int[ids.Count - cellOf.Count];
            FaissCells.Assign(middles, width, chunk.AsSpan(0, cells.Length * width), cells, threads);
            cellOf.AddRange(cells);
        }
        foreach (var (sequence, packed) in Packed(upTo, cancellationToken))
        {
            HalfVectors.Unpack(packed, chunk.AsSpan((ids.Count - cellOf.Count) * width, width));
            ids.Add(sequence);
            if (ids.Count - cellOf.Count == Chunk)
                Assign();
        }
        Assign();
        CellIndex.Write(path, width, ids, Packed(upTo, cancellationToken), middles, cellOf);
    }

    // A part of the vectors, spread over all.
    private float[] Sample(int width, long wanted, long count, long upTo, CancellationToken cancellationToken)
    {
        var sample = new float[checked((int)(wanted * width))];
        var random = new SeededGenerator(1);
        var (taken, seen) = (0L, 0L);
        foreach (var (_, packed) in Packed(upTo, cancellationToken))
        {
            // Each vector with the probability that just fills the sample (Knuth's algorithm S).
            if (taken < wanted && random.NextDouble() * (count - seen) < wanted - taken)
                HalfVectors.Unpack(packed, sample.AsSpan((int)(taken++ * width), width));
            seen++;
        }
        return taken == wanted ? sample : sample[..(int)(taken * width)];
    }

    // Stored vectors with the score of the tenth nearest to each, itself left out. Of equals any will do.
    private List<Query> Queries(long upTo, CancellationToken cancellationToken)
    {
        var step = Math.Max(1, Count() / RecallQueries);
        var wanted = Packed(upTo, cancellationToken).Where((_, i) => i % step == 0).Take(RecallQueries)
            .Select(item => (item.Sequence, Vector: HalfVectors.Unpack(item.Packed))).ToList();
        var best = wanted.Select(_ => new BestFew(RecallCount)).ToArray();
        foreach (var (sequence, packed) in Packed(upTo, cancellationToken))
        {
            for (var i = 0; i < wanted.Count; i++)
            {
                if (wanted[i].Sequence != sequence)
                    best[i].Offer(sequence, HalfVectors.Dot(MemoryMarshal.Cast<byte, ushort>(packed.AsSpan()),
                        wanted[i].Vector));
            }
        }
        return [.. wanted.Zip(best.Select(few => few.Sorted()), (query, sorted) =>
            new Query(query.Sequence, query.Vector, sorted is { Count: > 0 } ? sorted[^1].Score : 0, sorted.Count))];
    }

    // The fewest cells that hold enough of the nearest, up to all of them.
    private (int Probes, double Recall) ChooseProbes(CellIndex index, List<Query> queries, double leastRecall,
        CancellationToken cancellationToken)
    {
        for (index.Probes = 1; ; index.Probes = Math.Min(index.Cells, (index.Probes * 5 / 4) + 1))
        {
            var (hits, all) = (0, 0);
            foreach (var (sequence, vector, least, count) in queries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var found = index.Search(vector, Candidates(RecallCount)).Select(item => item.Id)
                    .Where(id => id != sequence);
                hits += Math.Min(RecallCount, Look(found, vector).Count(item => item.Score >= least - 1e-6f));
                all += count;
            }
            var recall = Math.Min(1, (double)hits / all);
            if (index.Probes == index.Cells)
                return (index.Probes, 1);
            if (recall >= leastRecall)
                return (index.Probes, recall);
        }
    }

    // Files that no row names: of earlier builds, and of processes that were killed. One being written now is young.
    private void RemoveOthers()
    {
        var named = database.All("SELECT file FROM vector_index", row => row.Text(0)).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(catalogue.Path)!,
            $"{Path.GetFileName(catalogue.Path)}.vectors-*"))
        {
            try
            {
                if (!named.Contains(Path.GetFileName(file)) && new DateTimeOffset(File.GetLastWriteTimeUtc(file))
                    .ToUnixTimeSeconds() < catalogue.Now() - 3600)
                    File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The next build tries again.
            }
        }
    }

    private sealed record Query(long Sequence, float[] Vector, float Least, int Count);
}
