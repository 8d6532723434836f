namespace Gloss.Text.Parsing;

/// <summary>What names the relation of a word to its head, once the tree stands: the two words, the words round them, the
/// head's head, the word's dependents, and the relation of the dependent before.</summary>
internal static class RelationFeatures
{
    /// <summary>How many features a word has.</summary>
    public const int Count = 30;

    private const ulong None = 99;

    /// <summary>The dependents of every word, in order; what <see cref="Fill"/> needs of a tree.</summary>
    public static List<int>[] Dependents(ReadOnlySpan<int> heads)
    {
        var dependents = new List<int>[heads.Length];
        for (var i = 0; i < heads.Length; i++)
            dependents[i] = [];
        for (var i = 1; i < heads.Length; i++)
            dependents[heads[i]].Add(i);
        return dependents;
    }

    /// <summary>Fills in the features of word <paramref name="i"/>. All is indexed from 1; 0 is the root.
    /// <paramref name="relations"/> holds what is known of the words before.</summary>
    public static void Fill(
        int i, ReadOnlySpan<uint> words, ReadOnlySpan<byte> tags, ReadOnlySpan<int> heads, List<int>[] dependents,
        ReadOnlySpan<int> relations, Span<uint> f)
    {
        var n = words.Length - 1;
        var h = heads[i];
        var g = h > 0 ? heads[h] : -1;
        ulong w = words[i], t = tags[i], hw = words[h], ht = tags[h];
        ulong gt = g < 0 ? None : tags[g], gw = g < 0 ? None : words[g];
        ulong direction = h == 0 ? 2u : h < i ? 1u : 0u;
        ulong distance = (ulong)Math.Min(Math.Abs(h - i), 6);
        var own = dependents[i];
        var first = own.Count > 0 ? own[0] : -1;
        var last = own.Count > 0 ? own[^1] : -1;
        ulong ft = first < 0 ? None : tags[first], fw = first < 0 ? None : words[first];
        ulong lt = last < 0 ? None : tags[last], lw = last < 0 ? None : words[last];
        var siblings = dependents[h];
        var place = siblings.IndexOf(i);
        var before = place > 0 ? siblings[place - 1] : -1;
        var after = place + 1 < siblings.Count ? siblings[place + 1] : -1;
        ulong beforeRelation = before < 0 ? None : (ulong)relations[before];
        ulong sameSide = before > 0 && (before < h) == (i < h) ? 1u : 0u;
        // Auxiliaries of the head tell the passive from the active; the first on its left is its subject or its case.
        ulong auxiliary = None, leftmost = siblings.Count > 0 && siblings[0] < h ? tags[siblings[0]] : None;
        ulong seen = 0;
        foreach (var sibling in siblings)
        {
            if (sibling < h && sibling != i && tags[sibling] is var s && words[sibling] != 0)
                auxiliary = (auxiliary * 31) + s;
            if (sibling < i)
                seen |= 1ul << relations[sibling];
        }
        var k = 0;
        f[k++] = Mix(1, t, ht, direction);
        f[k++] = Mix(2, w, hw, direction);
        f[k++] = Mix(3, w, ht, direction);
        f[k++] = Mix(4, t, hw, direction);
        f[k++] = Mix(5, w, t);
        f[k++] = Mix(6, hw, ht);
        f[k++] = Mix(7, t, ht, distance, direction);
        f[k++] = Mix(8, t, ht, gt, direction);
        f[k++] = Mix(9, t, hw, gt);
        f[k++] = Mix(10, t, ht, ft, direction);
        f[k++] = Mix(11, t, fw, ht, direction);
        f[k++] = Mix(12, w, fw, hw);
        f[k++] = Mix(13, t, lt, ht, direction);
        f[k++] = Mix(14, t, lw, ht);
        f[k++] = Mix(15, t, ht, beforeRelation, sameSide);
        f[k++] = Mix(16, hw, t, beforeRelation, sameSide);
        f[k++] = Mix(17, t, ht, after < 0 ? None : tags[after], direction);
        f[k++] = Mix(18, auxiliary, t, ht, direction);
        f[k++] = Mix(19, seen, t, ht, direction);
        f[k++] = Mix(20, seen, fw, t, direction);
        f[k++] = Mix(21, t, i > 1 ? tags[i - 1] : None, i < n ? tags[i + 1] : None, direction);
        f[k++] = Mix(22, w, i > 1 ? words[i - 1] : None, ht);
        f[k++] = Mix(23, t, ht, leftmost, direction);
        f[k++] = Mix(24, t, (ulong)Math.Min(own.Count, 5), ht, direction);
        f[k++] = Mix(25, ht, gt, gw, t);
        f[k++] = Mix(26, fw, lw, t, direction);
        f[k++] = Mix(27, w, i < n ? words[i + 1] : None, ht);
        f[k++] = Mix(28, direction, hw, fw, t);
        f[k++] = Mix(29, t, ht, i == n || (i == n - 1 && n > 1) ? 1u : 0u, (ulong)Math.Min(h, 2));
        f[k++] = Mix(30, fw, ft, ht, hw);
    }

    private static uint Mix(ulong template, ulong a, ulong b = 0, ulong c = 0, ulong d = 0)
    {
        var h = (template * 0x9E3779B97F4A7C15ul) + (a * 0xC2B2AE3D27D4EB4Ful) + (b * 0x165667B19E3779F9ul)
            + (c * 0x27D4EB2F165667C5ul) + (d * 0x85EBCA77C2B2AE63ul);
        h = (h ^ (h >> 31)) * 0xD6E8FEB86659FD93ul;
        h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9ul;
        var key = (uint)(h >> 32);
        return key == 0 ? 1 : key;
    }
}
