namespace Gloss.Text.Parsing;

/// <summary>
/// Makes a tree of arc scores: each word takes its best head; where that is no tree with one root, the maximum spanning
/// arborescence is sought (Chu and Liu 1965, Edmonds 1967), under the word that is the root with the best score.
/// </summary>
internal static class TreeDecoder
{
    /// <summary>Finds heads.</summary>
    /// <param name="scores">A row of <paramref name="count"/> + 1 scores for each word: of the root, then of each word
    /// as its head. Overwritten.</param>
    /// <param name="count">Words.</param>
    /// <param name="heads">Takes the head of each word, -1 for the root.</param>
    public static void Decode(Span<float> scores, int count, Span<int> heads)
    {
        if (count == 0)
            return;
        var width = count + 1;
        for (var i = 0; i < count; i++)
            scores[(i * width) + i + 1] = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
            heads[i] = Best(scores.Slice(i * width, width)) - 1;
        if (IsTree(heads[..count]))
            return;

        // One root: the word for which being the root costs least against its best other head.
        var root = 0;
        var bestCost = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            var row = scores.Slice(i * width, width);
            var cost = row[0] - (count > 1 ? row[Best(row[1..]) + 1] : 0);
            if (cost > bestCost)
                (bestCost, root) = (cost, i);
        }
        for (var i = 0; i < count; i++)
        {
            if (i == root)
                scores.Slice((i * width) + 1, count).Fill(float.NegativeInfinity);
            else
                scores[i * width] = float.NegativeInfinity;
        }
        var found = Arborescence(scores, width);
        for (var i = 0; i < count; i++)
            heads[i] = found[i + 1] - 1;
    }

    /// <summary>Whether there is exactly one root (-1) and every word depends on it.</summary>
    public static bool IsTree(ReadOnlySpan<int> heads)
    {
        var roots = 0;
        foreach (var head in heads)
            roots += head < 0 ? 1 : 0;
        if (roots != 1)
            return false;
        for (var i = 0; i < heads.Length; i++)
        {
            var steps = 0;
            for (var up = i; up >= 0; up = heads[up])
            {
                if (++steps > heads.Length)
                    return false;
            }
        }
        return true;
    }

    private static int Best(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var k = 1; k < row.Length; k++)
        {
            if (row[k] > row[best])
                best = k;
        }
        return best;
    }

    // Node 0 is the root. Contracts one circle after the other, then takes the circles apart again.
    private static int[] Arborescence(ReadOnlySpan<float> scores, int n)
    {
        var weight = new double[2 * n, 2 * n];
        var from = new int[2 * n, 2 * n]; // the original head and dependent that an arc of contracted nodes stands for
        var to = new int[2 * n, 2 * n];
        for (var h = 0; h < n; h++)
        {
            for (var d = 0; d < n; d++)
            {
                var score = d == 0 || h == d ? float.NegativeInfinity : scores[((d - 1) * n) + h];
                weight[h, d] = double.IsNegativeInfinity(score) ? -1e9 : score;
                (from[h, d], to[h, d]) = (h, d);
            }
        }
        var alive = Enumerable.Range(0, n).ToList();
        var contracted = new List<(int Node, List<int> Circle, Dictionary<int, int> Heads)>();
        var head = new int[2 * n];
        var next = n;
        while (true)
        {
            foreach (var d in alive.Where(d => d != 0))
                head[d] = alive.Where(h => h != d).MaxBy(h => weight[h, d]);
            var circle = FindCircle(alive, head);
            if (circle is null)
                break;
            var heads = circle.ToDictionary(d => d, d => head[d]);
            var node = next++;
            foreach (var outside in alive.Except(circle).ToList())
            {
                // Into the circle: the arc that gains most against the circle's own; out of it: the best.
                var into = circle.MaxBy(d => weight[outside, d] - weight[heads[d], d]);
                weight[outside, node] = weight[outside, into] - weight[heads[into], into];
                (from[outside, node], to[outside, node]) = (from[outside, into], to[outside, into]);
                var out1 = circle.MaxBy(h => weight[h, outside]);
                weight[node, outside] = weight[out1, outside];
                (from[node, outside], to[node, outside]) = (from[out1, outside], to[out1, outside]);
            }
            alive = [.. alive.Except(circle), node];
            contracted.Add((node, circle, heads));
        }

        var result = new int[n];
        var enters = new Dictionary<int, (int From, int To)>(); // for each live node: the original arc that enters it
        foreach (var d in alive.Where(d => d != 0))
            enters[d] = (from[head[d], d], to[head[d], d]);
        for (var c = contracted.Count - 1; c >= 0; c--)
        {
            var (node, circle, heads) = contracted[c];
            var entering = enters[node];
            var broken = circle.First(d => Contains(d, entering.To, contracted, c));
            foreach (var d in circle)
                enters[d] = d == broken ? entering : (from[heads[d], d], to[heads[d], d]);
        }
        foreach (var (d, arc) in enters.Where(e => e.Key < n))
            result[d] = arc.From;
        return result;
    }

    private static bool Contains(int node, int word,
        List<(int Node, List<int> Circle, Dictionary<int, int> Heads)> contracted, int below)
    {
        if (node == word)
            return true;
        for (var c = below - 1; c >= 0; c--)
        {
            if (contracted[c].Node == node)
            {
                var at = c;
                return contracted[c].Circle.Any(inner => Contains(inner, word, contracted, at));
            }
        }
        return false;
    }

    private static List<int>? FindCircle(List<int> alive, int[] head)
    {
        var state = new Dictionary<int, int>();
        foreach (var start in alive.Where(d => d != 0))
        {
            var path = new List<int>();
            var node = start;
            while (node != 0 && !state.ContainsKey(node))
            {
                state[node] = start + 1;
                path.Add(node);
                node = head[node];
            }
            if (node != 0 && state[node] == start + 1 && path.Contains(node))
                return path[path.IndexOf(node)..];
        }
        return null;
    }
}
