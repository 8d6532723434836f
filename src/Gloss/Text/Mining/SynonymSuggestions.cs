namespace Gloss.Text.Mining;

/// <summary>
/// Suggests tags that may be one: spelled almost alike, near in a space of embeddings, and seldom in one caption
/// although they stand in like company. A person decides; nothing is merged by itself.
/// </summary>
public static class SynonymSuggestions
{
    /// <summary>A pair that may be one tag, and why.</summary>
    /// <param name="Name">The more frequent name.</param>
    /// <param name="Other">The other.</param>
    /// <param name="Reason">spelling, company or embedding.</param>
    /// <param name="Score">How near, 0 to 1.</param>
    public sealed record Pair(string Name, string Other, string Reason, double Score);

    /// <summary>Pairs of names that differ in blanks, hyphens, or one letter of seven or more.</summary>
    public static IEnumerable<Pair> BySpelling(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var joined = names.Select(name => name.Replace(" ", "", StringComparison.Ordinal)
            .Replace("-", "", StringComparison.Ordinal)).ToArray();
        var firstOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            var told = new HashSet<int>();
            // Each spelling with one letter left out meets its neighbours.
            foreach (var key in Enumerable.Range(-1, joined[i].Length >= 7 ? joined[i].Length + 1 : 1)
                .Select(k => k < 0 ? joined[i] : joined[i].Remove(k, 1)))
            {
                if (!firstOf.TryAdd(key, i) && firstOf[key] is var other && other != i && told.Add(other)
                    && IsNear(joined[i], joined[other]))
                    yield return new Pair(names[other], names[i], "spelling", joined[i] == joined[other] ? 1 : 0.9);
            }
        }
    }

    /// <summary>Pairs in like company: the cosine of how often other tags stand in the same captions, without pairs
    /// that stand in one caption more often than chance.</summary>
    /// <param name="names">Names, the most frequent first.</param>
    /// <param name="captions">For each caption the indexes of its names.</param>
    /// <param name="minScore">The least cosine.</param>
    public static IEnumerable<Pair> ByCompany(IReadOnlyList<string> names, IEnumerable<IReadOnlyList<int>> captions,
        double minScore = 0.85)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(captions);
        var together = new Dictionary<int, int>[names.Count];
        var counts = new long[names.Count];
        var total = 0L;
        for (var i = 0; i < together.Length; i++)
            together[i] = [];
        foreach (var caption in captions)
        {
            total++;
            foreach (var a in caption)
            {
                counts[a]++;
                foreach (var b in caption.Where(b => b != a))
                    together[a][b] = together[a].GetValueOrDefault(b) + 1;
            }
        }
        // Positive pointwise mutual information, so that what stands with everything counts little.
        var vectors = together.Select((row, a) =>
            row.Select(p => (p.Key, Weight: Math.Log((double)p.Value * total / (counts[a] * (double)counts[p.Key]))))
            .Where(p => p.Weight > 0).ToDictionary(p => p.Key, p => p.Weight)).ToArray();
        var norms = vectors.Select(v => Math.Sqrt(v.Values.Sum(w => w * w))).ToArray();
        for (var a = 0; a < names.Count; a++)
        {
            for (var b = a + 1; b < names.Count; b++)
            {
                var expected = counts[a] * (double)counts[b] / Math.Max(1, total);
                if (vectors[a].Count < 10 || vectors[b].Count < 10 || together[a].GetValueOrDefault(b) > expected)
                    continue;
                var (small, large) = vectors[a].Count < vectors[b].Count ? (a, b) : (b, a);
                var cosine = vectors[small].Sum(p => p.Value * vectors[large].GetValueOrDefault(p.Key))
                    / (norms[a] * norms[b]);
                if (cosine >= minScore)
                    yield return new Pair(names[a], names[b], "company", cosine);
            }
        }
    }

    /// <summary>Pairs whose embeddings are near.</summary>
    /// <param name="names">Names, the most frequent first.</param>
    /// <param name="embeddings">A vector of length 1 for each name.</param>
    /// <param name="minScore">The least cosine.</param>
    public static IEnumerable<Pair> ByEmbedding(IReadOnlyList<string> names, IReadOnlyList<float[]> embeddings,
        double minScore = 0.8)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(embeddings);
        for (var a = 0; a < names.Count; a++)
        {
            for (var b = a + 1; b < names.Count; b++)
            {
                var cosine = 0.0;
                for (var k = 0; k < embeddings[a].Length; k++)
                    cosine += embeddings[a][k] * embeddings[b][k];
                if (cosine >= minScore)
                    yield return new Pair(names[a], names[b], "embedding", cosine);
            }
        }
    }

    // Equal, or one letter inserted, left out or replaced.
    private static bool IsNear(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 1)
            return false;
        var same = 0;
        while (same < a.Length && same < b.Length && a[same] == b[same])
            same++;
        var tail = 0;
        while (tail < a.Length - same && tail < b.Length - same && a[^(tail + 1)] == b[^(tail + 1)])
            tail++;
        return Math.Max(a.Length, b.Length) - same - tail <= 1;
    }
}
