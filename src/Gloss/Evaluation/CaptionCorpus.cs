using System.Runtime.InteropServices;

namespace Gloss.Evaluation;

/// <summary>
/// Tokenised captions as counted n-grams (n = 1 to 4) under integer ids. The id of an n-gram is given for the pair
/// (id of its first n-1 tokens, last token), so equal ids mean equal n-grams: nothing is hashed away.
/// </summary>
internal sealed class CaptionCorpus
{
    /// <summary>The longest n-grams that are counted.</summary>
    public const int MaxOrder = 4;

    private readonly Dictionary<string, int> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int>[] _ngrams =
        [.. Enumerable.Range(0, MaxOrder).Select(_ => new Dictionary<long, int>())];

    /// <summary>Counts the n-grams of every caption.</summary>
    /// <param name="hypotheses">One tokenised caption an item; tokens are split on any white space.</param>
    /// <param name="references">The tokenised references of each item.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or an item has no reference.</exception>
    public CaptionCorpus(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        Check(hypotheses, references);
        Items = new Item[hypotheses.Count];
        for (var i = 0; i < Items.Length; i++)
            Items[i] = new Item(Count(hypotheses[i]), [.. references[i].Select(Count)]);
    }

    /// <summary>
    /// Counts the n-grams of a further caption; those that no caption of the corpus has get ids from
    /// <see cref="DistinctCount"/> on.
    /// </summary>
    public Caption Look(string text)
    {
        var newTokens = new Dictionary<string, int>(StringComparer.Ordinal);
        var newNgrams = _ngrams.Select(_ => new Dictionary<long, int>()).ToArray();
        return Count(text, token => Known(_tokens, newTokens, token),
            (order, key) => Known(_ngrams[order], newNgrams[order], key));
    }

    /// <summary>The items in the order of the input.</summary>
    public Item[] Items { get; }

    /// <summary>How many different n-grams of an order occur; their ids are 0 up to this.</summary>
    /// <param name="order">n-1, so 0 for single tokens.</param>
    public int DistinctCount(int order) => _ngrams[order].Count;

    /// <summary>Throws where hypotheses and references do not belong together.</summary>
    public static void Check(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (hypotheses.Count != references.Count)
        {
            throw new ArgumentException(
                $"caption measures: expected one list of references a hypothesis, got {hypotheses.Count} hypotheses "
                + $"and {references.Count} lists; hint: item i of both is the same picture", nameof(references));
        }
        for (var i = 0; i < references.Count; i++)
        {
            if (references[i].Count == 0)
            {
                throw new ArgumentException(
                    $"caption measures: item {i} has no reference, expected at least one; hint: leave the item out",
                    nameof(references));
            }
        }
    }

    private Caption Count(string text) =>
        Count(text, token => IdOf(_tokens, token), (order, key) => IdOf(_ngrams[order], key));

    private static Caption Count(string text, Func<string, int> idOfToken, Func<int, long, int> idOfNgram)
    {
        var tokens = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var prefixes = new int[tokens.Length];
        var ids = new int[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
            ids[i] = idOfToken(tokens[i]);
        var counts = new NgramCount[MaxOrder][];
        for (var order = 0; order < MaxOrder; order++)
        {
            // prefixes[i] is the id of the n-gram that begins at token i.
            var count = Math.Max(0, tokens.Length - order);
            for (var i = 0; i < count; i++)
                prefixes[i] = idOfNgram(order, ((long)prefixes[i] << 32) | (uint)ids[i + order]);
            counts[order] = RunLengths(prefixes.AsSpan(0, count));
        }
        return new Caption(tokens.Length, counts);
    }

    private static NgramCount[] RunLengths(ReadOnlySpan<int> ids)
    {
        var sorted = ids.ToArray();
        Array.Sort(sorted);
        var counts = new List<NgramCount>(sorted.Length);
        for (int begin = 0, end; begin < sorted.Length; begin = end)
        {
            end = begin + 1;
            while (end < sorted.Length && sorted[end] == sorted[begin])
                end++;
            counts.Add(new NgramCount(sorted[begin], end - begin));
        }
        return [.. counts];
    }

    private static int IdOf<TKey>(Dictionary<TKey, int> ids, TKey key)
        where TKey : notnull
    {
        var next = ids.Count;
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(ids, key, out var exists);
        if (!exists)
            id = next;
        return id;
    }

    private static int Known<TKey>(Dictionary<TKey, int> ids, Dictionary<TKey, int> further, TKey key)
        where TKey : notnull => ids.TryGetValue(key, out var id) ? id : ids.Count + IdOf(further, key);

    /// <summary>An n-gram and how often a caption has it.</summary>
    internal readonly record struct NgramCount(int Id, int Count);

    /// <summary>A caption: its tokens counted, and its n-grams by order (n-1), each list by rising id.</summary>
    internal sealed record Caption(int Length, NgramCount[][] Ngrams);

    /// <summary>A hypothesis and what it is compared with.</summary>
    internal sealed record Item(Caption Hypothesis, Caption[] References);
}
