namespace Gloss.Text.Parsing;

/// <summary>The features by which <see cref="PosTagger"/> sees a word: its own letters, its neighbours, the tags before.</summary>
internal static class PosFeatures
{
    /// <summary>How many features a word has.</summary>
    public const int Count = 25;

    private const uint Border = 0x5bd1e995;

    /// <summary>What is hashed of one word, once a sentence.</summary>
    internal readonly record struct Word(
        uint Form, uint Suffix1, uint Suffix2, uint Suffix3, uint Suffix4, uint Prefix1, uint Prefix3, uint Shape);

    /// <summary>Hashes a word's form and affixes.</summary>
    public static Word Describe(string form)
    {
        var length = form.Length;
        uint shape = 0;
        if (char.IsUpper(form[0]))
            shape |= 1;
        foreach (var c in form)
        {
            shape |= char.IsDigit(c) ? 2u : c == '-' ? 4u : char.IsLetter(c) ? 8u : 16u;
        }
        if (length > 1 && char.IsUpper(form[1]))
            shape |= 32;
        return new Word(
            Hash(form), Hash(Tail(1)), Hash(Tail(2)), Hash(Tail(3)), Hash(Tail(4)), Hash(form.AsSpan(0, 1)),
            Hash(form.AsSpan(0, Math.Min(3, length))), shape);

        ReadOnlySpan<char> Tail(int n) => form.AsSpan(Math.Max(0, length - n));
    }

    /// <summary>Fills the <see cref="Count"/> features of word <paramref name="i"/>, given the two tags before it.</summary>
    public static void Fill(ReadOnlySpan<Word> words, int i, int tag1, int tag2, Span<uint> features)
    {
        var w = words[i];
        var p1 = i > 0 ? words[i - 1].Form : Border;
        var p2 = i > 1 ? words[i - 2].Form : Border;
        var n1 = i + 1 < words.Length ? words[i + 1].Form : Border;
        var n2 = i + 2 < words.Length ? words[i + 2].Form : Border;
        var t1 = (uint)tag1 + 1;
        var t2 = (uint)tag2 + 1;
        features[0] = Mix(1, w.Form, 0);
        features[1] = Mix(2, p1, 0);
        features[2] = Mix(3, p2, 0);
        features[3] = Mix(4, n1, 0);
        features[4] = Mix(5, n2, 0);
        features[5] = Mix(6, w.Suffix1, w.Shape);
        features[6] = Mix(7, w.Suffix2, 0);
        features[7] = Mix(8, w.Suffix3, 0);
        features[8] = Mix(9, w.Suffix4, 0);
        features[9] = Mix(10, w.Prefix1, w.Shape);
        features[10] = Mix(11, w.Prefix3, 0);
        features[11] = Mix(12, w.Shape, i == 0 ? 1u : 2u);
        features[12] = Mix(13, t1, 0);
        features[13] = Mix(14, t1, t2);
        features[14] = Mix(15, t1, w.Form);
        features[15] = Mix(16, t1, w.Suffix3);
        features[16] = Mix(17, p1, w.Form);
        features[17] = Mix(18, w.Form, n1);
        features[18] = Mix(19, i > 0 ? words[i - 1].Suffix3 : Border, 0);
        features[19] = Mix(20, i + 1 < words.Length ? words[i + 1].Suffix3 : Border, 0);
        features[20] = Mix(21, t1, n1);
        features[21] = Mix(22, i + 1 < words.Length ? words[i + 1].Suffix2 : Border, w.Suffix3);
        features[22] = Mix(23, t2, w.Form);
        features[23] = Mix(24, i + 2 < words.Length ? words[i + 2].Suffix2 : Border,
            i + 1 < words.Length ? words[i + 1].Suffix2 : Border);
        features[24] = Mix(25, p1, n1);
    }

    private static uint Hash(ReadOnlySpan<char> text)
    {
        var hash = 2166136261u;
        foreach (var c in text)
            hash = (hash ^ char.ToLowerInvariant(c)) * 16777619u;
        return hash;
    }

    private static uint Mix(uint template, uint a, uint b)
    {
        var mixed = (template * 0x9E3779B97F4A7C15ul) ^ (a * 0xC2B2AE3D27D4EB4Ful) ^ (b * 0x165667B19E3779F9ul << 7);
        mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93ul;
        var key = (uint)(mixed >> 32);
        return key == 0 ? 1 : key;
    }
}
