namespace Gloss.Text.Parsing;

/// <summary>Makes treebank sentences look more like captions.</summary>
internal static class TreebankAugmentation
{
    /// <summary>All sentences, and changed copies of a share of them: hyphenated words joined, and in turn lower-cased,
    /// without the closing mark, or both.</summary>
    public static List<IReadOnlyList<ConlluToken>> Apply(
        IReadOnlyList<IReadOnlyList<ConlluToken>> treebank, double share, Random random)
    {
        var result = new List<IReadOnlyList<ConlluToken>>(treebank);
        foreach (var sentence in treebank)
        {
            if (random.NextDouble() >= share)
                continue;
            var copy = JoinHyphenated(sentence);
            var kind = random.Next(3);
            if (kind != 0 && copy.Count > 2 && copy[^1].Tag.Universal == PartOfSpeech.Punct
                && !copy.Any(t => t.Head == copy.Count))
            {
                copy.RemoveAt(copy.Count - 1);
            }
            if (kind != 1)
                copy = [.. copy.Select(t => t with { Form = t.Form.ToLowerInvariant() })];
            result.Add(copy);
        }
        return result;
    }

    /// <summary>A copy in which "adult", "-", "learned" is the one word "adult-learned" with the last part's tag, head
    /// and relation; parts that other words depend on pass their dependents to the whole.</summary>
    public static List<ConlluToken> JoinHyphenated(IReadOnlyList<ConlluToken> sentence)
    {
        var unit = new int[sentence.Count];
        var units = new List<(int First, int Last)>();
        for (var i = 0; i < sentence.Count; i++)
        {
            var last = i;
            while (last + 2 < sentence.Count && !sentence[last].SpaceAfter && sentence[last + 1].Form == "-"
                && !sentence[last + 1].SpaceAfter && char.IsLetterOrDigit(sentence[last].Form[^1])
                && char.IsLetterOrDigit(sentence[last + 2].Form[0]))
            {
                last += 2;
            }
            for (var j = i; j <= last; j++)
                unit[j] = units.Count;
            units.Add((i, last));
            i = last;
        }
        var result = new List<ConlluToken>(units.Count);
        foreach (var (first, last) in units)
        {
            // The part whose head lies outside speaks for the whole; the last one where none does.
            var speaker = last;
            for (var j = first; j <= last; j++)
            {
                if (sentence[j].Head == 0 || unit[sentence[j].Head - 1] != result.Count)
                {
                    speaker = j;
                    break;
                }
            }
            var form = string.Concat(sentence.Skip(first).Take(last - first + 1).Select(t => t.Form));
            var head = sentence[speaker].Head == 0 ? 0 : unit[sentence[speaker].Head - 1] + 1;
            result.Add(sentence[speaker] with
            {
                Form = form,
                Lemma = first == last ? sentence[first].Lemma : form.ToLowerInvariant(),
                Head = head,
                SpaceAfter = sentence[last].SpaceAfter,
            });
        }
        return result;
    }
}
