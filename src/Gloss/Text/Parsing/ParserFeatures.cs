namespace Gloss.Text.Parsing;

/// <summary>
/// What the parser looks at to choose a transition: words and tags of the three topmost words of the stack and the next three
/// of the text, their dependents, distances (after Zhang and Nivre 2011), and the words that decide where a prepositional
/// phrase belongs.
/// </summary>
internal static class ParserFeatures
{
    /// <summary>Length of the buffer that <see cref="Fill"/> needs.</summary>
    public const int Capacity = 96;

    /// <summary>Bits of a feature: the weights are one table of 2^22 places, in which rare features may share one.</summary>
    public const int Bits = 22;

    private const ulong NoWord = 0x7f4a7c15;
    private const ulong NoTag = 99;

    /// <summary>Hash of a word: lower case, all digits alike.</summary>
    public static uint HashWord(string form)
    {
        var hash = 2166136261u;
        foreach (var c in form)
            hash = (hash ^ (char.IsDigit(c) ? '0' : char.ToLowerInvariant(c))) * 16777619u;
        return hash;
    }

    /// <summary>Fills in the features of a state, gives how many there are. Words and tags are indexed from 1; 0 is the root.
    /// </summary>
    public static int Fill(ParserState state, ReadOnlySpan<uint> words, ReadOnlySpan<byte> tags, Span<uint> f)
    {
        var n = state.Length;
        int s0 = state.Stack(0), s1 = state.Stack(1), s2 = state.Stack(2);
        int b0 = state.Next, b1 = b0 + 1, b2 = b0 + 2;
        ulong s0w = s0 < 0 ? NoWord : words[s0], s0t = s0 < 0 ? NoTag : tags[s0], s0wt = (s0w << 7) + s0t;
        ulong s1w = s1 < 0 ? NoWord : words[s1], s1t = s1 < 0 ? NoTag : tags[s1], s1wt = (s1w << 7) + s1t;
        ulong s2w = s2 < 0 ? NoWord : words[s2], s2t = s2 < 0 ? NoTag : tags[s2];
        ulong b0w = b0 > n ? NoWord : words[b0], b0t = b0 > n ? NoTag : tags[b0], b0wt = (b0w << 7) + b0t;
        ulong b1w = b1 > n ? NoWord : words[b1], b1t = b1 > n ? NoTag : tags[b1];
        ulong b2w = b2 > n ? NoWord : words[b2], b2t = b2 > n ? NoTag : tags[b2];
        var k = 0;
        f[k++] = Mix(1, s0w);
        f[k++] = Mix(2, s0t);
        f[k++] = Mix(3, s0wt);
        f[k++] = Mix(4, s1w);
        f[k++] = Mix(5, s1t);
        f[k++] = Mix(6, s1wt);
        f[k++] = Mix(7, s2t);
        f[k++] = Mix(8, s2w, s2t);
        f[k++] = Mix(9, b0w);
        f[k++] = Mix(10, b0t);
        f[k++] = Mix(11, b0wt);
        f[k++] = Mix(12, b1t);
        f[k++] = Mix(13, b1w, b1t);
        f[k++] = Mix(14, b2t);
        f[k++] = Mix(15, b2w, b2t);

        f[k++] = Mix(16, s0wt, b0wt);
        f[k++] = Mix(17, s0wt, b0t);
        f[k++] = Mix(18, s0t, b0wt);
        f[k++] = Mix(19, s0w, b0w);
        f[k++] = Mix(20, s0t, b0t);
        f[k++] = Mix(21, b0t, b1t);
        f[k++] = Mix(22, s0wt, s1wt);
        f[k++] = Mix(23, s0wt, s1t);
        f[k++] = Mix(24, s0t, s1wt);
        f[k++] = Mix(25, s0w, s1w);
        f[k++] = Mix(26, s0t, s1t);
        f[k++] = Mix(27, s1t, b0t);
        f[k++] = Mix(28, s1w, b0w);

        f[k++] = Mix(29, s0t, b0t, b1t);
        f[k++] = Mix(30, s1t, s0t, b0t);
        f[k++] = Mix(31, s2t, s1t, s0t);
        f[k++] = Mix(32, b0t, b1t, b2t);
        f[k++] = Mix(33, s1t, s0t, b0t, b1t);
        f[k++] = Mix(34, s2t, s1t, s0t, b0t);
        f[k++] = Mix(35, s0t, b0t, b1t, b2t);
        f[k++] = Mix(36, s0w, b0t, b1t);
        f[k++] = Mix(37, s0t, b0w, b1t);
        f[k++] = Mix(38, s1w, s0t, b0t);
        f[k++] = Mix(39, s1t, s0w, b0t);

        // Where a preposition to come, or one already read, belongs.
        f[k++] = Mix(40, s1t, s0t, b0w);
        f[k++] = Mix(41, s1w, s0t, b0w);
        f[k++] = Mix(42, s1w, s0w, b0w);
        f[k++] = Mix(43, s0w, b0w, b1w);
        f[k++] = Mix(44, s0w, b0w, b2w);
        f[k++] = Mix(45, s0t, b0w, b2w);

        var between = (ulong)(s0 < 0 ? 0 : Distance(b0 - s0));
        var below = (ulong)(s1 < 0 ? 0 : Distance(s0 - s1));
        f[k++] = Mix(46, s0w, between);
        f[k++] = Mix(47, s0t, between);
        f[k++] = Mix(48, b0w, between);
        f[k++] = Mix(49, b0t, between);
        f[k++] = Mix(50, s0t, b0t, between);
        f[k++] = Mix(51, s1t, s0t, below);
        f[k++] = Mix(52, s1w, below);

        if (s0 > 0)
        {
            k = Family(state, words, tags, f, k, 60, s0, s0w, s0t, s1t, b0t);
            ulong caseWord = words[state.Left1(s0)];
            if (state.Left1(s0) > 0)
            {
                f[k++] = Mix(90, s1t, caseWord);
                f[k++] = Mix(91, s1w, caseWord);
                f[k++] = Mix(92, s1w, s0w, caseWord);
                f[k++] = Mix(93, s2t, s1t, caseWord);
                f[k++] = Mix(94, s2w, caseWord, s1t);
                f[k++] = Mix(95, s1t, s0w, caseWord);
            }
        }
        if (s1 >= 0)
            k = Family(state, words, tags, f, k, 70, s1, s1w, s1t, s0t, b0t);
        if (b0 <= n && state.LeftCount(b0) > 0)
        {
            int l1 = state.Left1(b0), l2 = state.Left2(b0);
            f[k++] = Mix(80, tags[l1], b0t, s0t);
            f[k++] = Mix(81, words[l1], b0t);
            f[k++] = Mix(82, b0w, Cap(state.LeftCount(b0)));
            f[k++] = Mix(83, b0t, Cap(state.LeftCount(b0)));
            f[k++] = Mix(84, tags[l1], l2 > 0 ? tags[l2] : NoTag, b0t);
            f[k++] = Mix(85, words[l1], s0w);
            f[k++] = Mix(86, words[l1], s0t, b0t);
        }
        return k;
    }

    private static int Family(
        ParserState state, ReadOnlySpan<uint> words, ReadOnlySpan<byte> tags, Span<uint> f, int k, ulong template, int word,
        ulong form, ulong tag, ulong otherTag, ulong nextTag)
    {
        int l1 = state.Left1(word), r1 = state.Right1(word), l2 = state.Left2(word), r2 = state.Right2(word);
        ulong l1t = l1 > 0 ? tags[l1] : NoTag, r1t = r1 > 0 ? tags[r1] : NoTag;
        f[k++] = Mix(template, tag, Cap(state.LeftCount(word)), Cap(state.RightCount(word)));
        f[k++] = Mix(template + 1, form, Cap(state.RightCount(word)));
        f[k++] = Mix(template + 2, l1t, tag, otherTag);
        f[k++] = Mix(template + 3, r1t, tag, otherTag);
        f[k++] = Mix(template + 4, l1t, tag, nextTag);
        f[k++] = Mix(template + 5, r1t, tag, nextTag);
        if (l1 > 0)
        {
            f[k++] = Mix(template + 6, words[l1], tag);
            f[k++] = Mix(template + 7, l1t, l2 > 0 ? tags[l2] : NoTag, tag);
        }
        if (r1 > 0)
        {
            f[k++] = Mix(template + 8, words[r1], tag);
            f[k++] = Mix(template + 9, r1t, r2 > 0 ? tags[r2] : NoTag, tag);
        }
        return k;
    }

    private static int Distance(int d) => d < 5 ? d : d < 8 ? 5 : d < 12 ? 6 : 7;

    private static ulong Cap(int count) => (ulong)Math.Min(count, 4);

    private static uint Mix(ulong template, ulong a, ulong b = 0, ulong c = 0, ulong d = 0)
    {
        var h = (template * 0x9E3779B97F4A7C15ul) + (a * 0xC2B2AE3D27D4EB4Ful) + (b * 0x165667B19E3779F9ul)
            + (c * 0x27D4EB2F165667C5ul) + (d * 0x85EBCA77C2B2AE63ul);
        h = (h ^ (h >> 31)) * 0xD6E8FEB86659FD93ul;
        h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9ul;
        return (uint)(h >> (64 - Bits));
    }
}
