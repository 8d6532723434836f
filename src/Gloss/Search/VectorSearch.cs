using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gloss.Search.Sqlite;
using Gloss.Search.Vectors;

namespace Gloss.Search;

/// <summary>
/// Finds the pictures of a catalogue whose embeddings are nearest to a vector of length 1, by cosine. A small catalogue
/// is gone through; a large one has an index beside it (<see cref="VectorStore"/>), and what has come since is gone
/// through.
/// </summary>
internal sealed class VectorSearch(Catalogue catalogue)
{
    // Up to so many candidates are fetched one by one instead of going through all.
    private const int FewCandidates = 5000;

    // From an index never more than so many are asked; a filter that lets so few of them through is answered by going
    // through all.
    private const int MostFromIndex = 50_000;

    private readonly SqliteDatabase database = catalogue.Database;

    /// <summary>The nearest, the best first.</summary>
    /// <param name="query">A vector of length 1.</param>
    /// <param name="count">The most of them.</param>
    /// <param name="allowed">The only pictures that come into question; null: all.</param>
    public List<(long Picture, float Score)> Nearest(float[] query, int count, IReadOnlySet<long>? allowed = null)
    {
        if (allowed is { Count: <= FewCandidates })
        {
            var few = new BestFew(count);
            foreach (var id in allowed)
            {
                using var row = database.Use("SELECT data FROM embedding WHERE picture = ? AND model = ?", id,
                    catalogue.Model?.Row);
                if (row.Step())
                    few.Offer(id, Product(row.Bytes(0), query));
            }
            return few.Sorted();
        }
        var store = new VectorStore(catalogue);
        if (store.Open(Environment.ProcessorCount) is { } opened)
        {
            using var index = opened.Index;
            for (var asked = VectorStore.Candidates(count); asked <= MostFromIndex; asked *= 8)
            {
                var best = new BestFew(count);
                var near = index.Search(query, asked);
                foreach (var (id, score) in store.Look(near.Select(item => item.Id), query))
                {
                    if (allowed is null || allowed.Contains(id))
                        best.Offer(id, score);
                }
                var found = best.Sorted();
                if (found.Count == count || near.Count == index.Count)
                {
                    GoThrough(query, allowed, opened.UpTo, best);
                    return best.Sorted();
                }
            }
        }
        var all = new BestFew(count);
        GoThrough(query, allowed, 0, all);
        return all.Sorted();
    }

    // Full speed from the first call: a search is over before the runtime would compile it again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GoThrough(float[] query, IReadOnlySet<long>? allowed, long after, BestFew best)
    {
        using var rows = database.Use("SELECT picture, data FROM embedding WHERE sequence > ? AND model = ?", after,
            catalogue.Model?.Row);
        while (rows.Step())
        {
            var id = rows.Int64(0);
            if (allowed is null || allowed.Contains(id))
                best.Offer(id, Product(rows.Bytes(1), query));
        }
    }

    private static float Product(ReadOnlySpan<byte> packed, float[] query)
    {
        if (packed.Length != 2 * query.Length)
            throw new ArgumentException(
                $"an embedding of {query.Length} numbers, the catalogue has {packed.Length / 2}", nameof(query));
        return HalfVectors.Dot(MemoryMarshal.Cast<byte, ushort>(packed), query);
    }
}
