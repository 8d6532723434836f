namespace Gloss.Text;

/// <summary>The state of WordPiece training: words as lists of pieces, counts of pieces and of neighbours.</summary>
internal sealed class WordPieceMerges
{
    private readonly List<string> texts = [];
    private readonly Dictionary<string, int> idOf = new(StringComparer.Ordinal);
    private readonly List<long> counts = [];
    private readonly List<HashSet<long>> pairsOf = [];
    private readonly List<int[]> words = [];
    private readonly List<long> wordCounts = [];
    private readonly Dictionary<long, Pair> pairs = [];
    private readonly PriorityQueue<long, Rank> queue;
    private long total;

    /// <summary>Begins with single characters.</summary>
    /// <param name="wordsWithCounts">The words of the corpus.</param>
    /// <param name="alphabetLimit">How many one-character pieces are kept, the frequent first.</param>
    public WordPieceMerges(SortedDictionary<string, long> wordsWithCounts, int alphabetLimit)
    {
        queue = new PriorityQueue<long, Rank>(Comparer<Rank>.Create(Compare));
        var alphabet = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in wordsWithCounts)
        {
            foreach (var piece in Characters(word))
                alphabet[piece] = alphabet.GetValueOrDefault(piece) + count;
        }
        var kept = alphabet.OrderByDescending(a => a.Value).ThenBy(a => a.Key, StringComparer.Ordinal)
            .Take(alphabetLimit).Select(a => a.Key).Order(StringComparer.Ordinal);
        foreach (var piece in kept)
            Intern(piece);
        foreach (var (word, count) in wordsWithCounts)
        {
            var pieces = Characters(word).ToArray();
            if (!pieces.All(idOf.ContainsKey))
                continue;
            words.Add([.. pieces.Select(p => idOf[p])]);
            wordCounts.Add(count);
        }
        for (var w = 0; w < words.Count; w++)
            Tally(w, 1);
        foreach (var key in pairs.Keys.ToArray())
            Enqueue(key);
    }

    /// <summary>How many pieces there are.</summary>
    public int Count => texts.Count;

    /// <summary>The pieces, "##" before those inside words: characters, then joined ones in the order made.</summary>
    public IReadOnlyList<string> Texts => texts;

    /// <summary>
    /// Joins the pair of the highest gain wherever it stands; false when no pair stands together
    /// <paramref name="minFrequency"/> times and gains likelihood.
    /// </summary>
    public bool JoinBest(int minFrequency)
    {
        while (queue.TryDequeue(out var key, out var rank))
        {
            // Entries that were overtaken by a later one of the same pair are left in the queue until they surface.
            if (!pairs.TryGetValue(key, out var pair) || pair.QueuedGain != rank.Gain)
                continue;
            var gain = Gain(key, pair.Count);
            if (gain < rank.Gain)
            {
                pair.QueuedGain = double.NegativeInfinity;
                Enqueue(key);
                continue;
            }
            if (gain <= 0)
                return false;
            if (pair.Count < minFrequency)
            {
                // Counts of pairs only fall, save where a join makes new neighbours, which queues the pair again.
                pair.QueuedGain = double.NegativeInfinity;
                continue;
            }
            Join(key, pair);
            return true;
        }
        return false;
    }

    private static long Key(int first, int second) => ((long)first << 32) | (uint)second;

    private static (int First, int Second) Parts(long key) => ((int)(key >> 32), (int)key);

    private static IEnumerable<string> Characters(string word)
    {
        var prefix = "";
        foreach (var rune in word.EnumerateRunes())
        {
            yield return prefix + rune.ToString();
            prefix = "##";
        }
    }

    private int Compare(Rank a, Rank b)
    {
        var order = b.Gain.CompareTo(a.Gain);
        if (order != 0)
            return order;
        var (a1, a2) = Parts(a.Key);
        var (b1, b2) = Parts(b.Key);
        order = string.CompareOrdinal(texts[a1], texts[b1]);
        return order != 0 ? order : string.CompareOrdinal(texts[a2], texts[b2]);
    }

    private int Intern(string text)
    {
        if (idOf.TryGetValue(text, out var id))
            return id;
        idOf.Add(text, texts.Count);
        texts.Add(text);
        counts.Add(0);
        pairsOf.Add([]);
        return texts.Count - 1;
    }

    private double Gain(long key, long count)
    {
        var (first, second) = Parts(key);
        return count <= 0
            ? double.NegativeInfinity
            : count * Math.Log((double)count * total / ((double)counts[first] * counts[second]));
    }

    private void Enqueue(long key)
    {
        var pair = pairs[key];
        var gain = Gain(key, pair.Count);
        // A lower gain than queued shows when the entry surfaces; only a higher one needs a new entry.
        if (gain <= pair.QueuedGain)
            return;
        pair.QueuedGain = gain;
        queue.Enqueue(key, new Rank(gain, key));
    }

    // Adds (sign 1) or takes away (sign -1) the pieces and neighbours of a word.
    private void Tally(int word, int sign)
    {
        var pieces = words[word];
        var weight = sign * wordCounts[word];
        total += weight * pieces.Length;
        for (var i = 0; i < pieces.Length; i++)
        {
            counts[pieces[i]] += weight;
            if (i + 1 == pieces.Length)
                break;
            var key = Key(pieces[i], pieces[i + 1]);
            if (!pairs.TryGetValue(key, out var pair))
            {
                pairs.Add(key, pair = new Pair());
                pairsOf[pieces[i]].Add(key);
                pairsOf[pieces[i + 1]].Add(key);
            }
            pair.Count += weight;
            if (sign > 0)
                pair.Words.Add(word);
        }
    }

    private void Join(long key, Pair pair)
    {
        var (first, second) = Parts(key);
        var joined = Intern(texts[first] + texts[second][2..]);
        var changed = new HashSet<long>(pairsOf[first]);
        changed.UnionWith(pairsOf[second]);
        changed.UnionWith(pairsOf[joined]);
        foreach (var word in pair.Words.ToArray())
        {
            Tally(word, -1);
            words[word] = Replace(words[word], first, second, joined);
            Tally(word, 1);
        }
        changed.UnionWith(pairsOf[joined]);
        foreach (var other in changed)
        {
            if (pairs[other].Count > 0)
                Enqueue(other);
            else
                Forget(other);
        }
    }

    private static int[] Replace(int[] pieces, int first, int second, int joined)
    {
        var replaced = new List<int>(pieces.Length);
        for (var i = 0; i < pieces.Length; i++)
        {
            var isPair = pieces[i] == first && i + 1 < pieces.Length && pieces[i + 1] == second;
            replaced.Add(isPair ? joined : pieces[i]);
            i += isPair ? 1 : 0;
        }
        return [.. replaced];
    }

    private void Forget(long key)
    {
        var (first, second) = Parts(key);
        pairs.Remove(key);
        pairsOf[first].Remove(key);
        pairsOf[second].Remove(key);
    }

    private readonly record struct Rank(double Gain, long Key);

    private sealed class Pair
    {
        public long Count { get; set; }

        public double QueuedGain { get; set; } = double.NegativeInfinity;

        /// <summary>Words that held the pair when they were last counted, and maybe no longer do.</summary>
        public HashSet<int> Words { get; } = [];
    }
}
