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

    // An index is made again once this part of the embeddings is not in it.
    private const double MostMissing = 0.1;

    // Of the sample the middles of the cells are learned.
    private const int Sampled = 100_000;
    private const int Chunk = 8192;
    private const int RecallQueries = 100;
    private const int RecallCount = 10;

    // Some that are found may have been replaced or removed since.
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
                index.Probes = row.Int32(3);
            return (index, row.Int64(2));
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
        return opened is null || missing > MostMissing * count;
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
        var name = $"{Path.GetFileName(catalogue.Path)}.vectors-{model.Row}-{upTo}-{Environment.ProcessId}";
        var path = Path.Combine(Path.GetDirectoryName(catalogue.Path)!, name);
        var (cells, probes, recall) = (1, 1, 1.0);
        try
        {
            Fill(path, isExact ?? !FaissCells.IsAvailable, count, upTo, threads, cancellationToken);
            using (var written = CellIndex.Open(path, threads))
            {
                cells = written.Cells;
                if (cells > 1)
                    (probes, recall) = ChooseProbes(written, Queries(upTo, cancellationToken), leastRecall);
            }
            var exact = probes == cells;
            database.Write(() =>
            {
                catalogue.CheckModel();
                database.Run(
                    "INSERT OR REPLACE INTO vector_index(model, file, is_exact, up_to, probes) VALUES(?, ?, ?, ?, ?)",
                    model.Row, name, exact, upTo, probes);
            });
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        RemoveOthers();
        return new VectorBuild(count, cells, probes, recall, clock.Elapsed, new FileInfo(path).Length);
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
    public static int Candidates(int count) => count + Reserve;

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
            yield return (rows.Int64(0), rows.Bytes(1).ToArray());
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
        var middles = FaissCells.Middles(Sample(width, Math.Min(count, Sampled), count, upTo, cancellationToken),
            width, FaissCells.CountFor(count), threads);
        var (ids, cellOf, chunk) = (new List<long>(), new List<int>(), new float[Chunk * width]);
        void Assign()
        {
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
        var wanted = database.All(
            "SELECT sequence, data FROM embedding WHERE model = ?1 AND sequence <= ?2 AND sequence % max(1, ?2 / ?3) = "
            + "0 LIMIT ?3",
            row => (Sequence: row.Int64(0), Vector: HalfVectors.Unpack(row.Bytes(1))), catalogue.Model?.Row, upTo,
            RecallQueries);
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
    private (int Probes, double Recall) ChooseProbes(CellIndex index, List<Query> queries, double leastRecall)
    {
        for (index.Probes = 1; ; index.Probes = Math.Min(index.Cells, (index.Probes * 5 / 4) + 1))
        {
            var (hits, all) = (0, 0);
            foreach (var (sequence, vector, least, count) in queries)
            {
                var found = index.Search(vector, Candidates(RecallCount)).Select(item => item.Id)
                    .Where(id => id != sequence);
                hits += Math.Min(RecallCount, Look(found, vector).Count(item => item.Score >= least - 1e-6f));
                all += count;
            }
            var recall = all == 0 ? 1 : Math.Min(1, (double)hits / all);
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
            if (!named.Contains(Path.GetFileName(file)) && new DateTimeOffset(File.GetLastWriteTimeUtc(file))
                .ToUnixTimeSeconds() < catalogue.Now() - 3600)
                File.Delete(file);
        }
    }

    private sealed record Query(long Sequence, float[] Vector, float Least, int Count);
}
