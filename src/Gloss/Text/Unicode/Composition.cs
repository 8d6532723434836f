using System.Text;

namespace Gloss.Text.Unicode;

/// <summary>Normalization form C (Unicode standard annex 15) with the tables of Unicode 14.0.</summary>
internal static class Composition
{
    /// <summary>The text in normalization form C.</summary>
    public static string Nfc(string text)
    {
        // Nothing below U+0300 composes or decomposes further.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;
        var codes = new List<int>(text.Length);
        Span<int> parts = stackalloc int[4];
        for (var i = 0; i < text.Length;)
        {
            var code = UnicodeTables.CodePointAt(text, i, out var length);
            codes.AddRange(parts[..UnicodeTables.Decompose(code, parts)]);
            i += length;
        }
        Reorder(codes);
        Compose(codes);
        var result = new StringBuilder(text.Length);
        foreach (var code in codes)
        {
            if (code > 0xFFFF)
                result.Append(char.ConvertFromUtf32(code));
            else
                result.Append((char)code);
        }
        return result.ToString();
    }

    // Sorts each run of marks by combining class, keeping the order of equal ones.
    private static void Reorder(List<int> codes)
    {
        for (var start = 0; start < codes.Count;)
        {
            var end = start;
            while (end < codes.Count && UnicodeTables.CombiningClass(codes[end]) != 0)
                end++;
            if (end - start > 1)
            {
                var sorted = codes[start..end].OrderBy(UnicodeTables.CombiningClass).ToArray();
                for (var i = 0; i < sorted.Length; i++)
                    codes[start + i] = sorted[i];
            }
            start = Math.Max(end, start + 1);
        }
    }

    private static void Compose(List<int> codes)
    {
        var (starter, kept, lastClass) = (-1, 0, -1);
        for (var i = 0; i < codes.Count; i++)
        {
            var code = codes[i];
            var order = UnicodeTables.CombiningClass(code);
            // A mark composes unless one of the same or a higher class stands between it and the starter.
            var isBlocked = starter >= 0 && starter + 1 < kept && lastClass >= order;
            var composite = starter < 0 || isBlocked ? -1 : UnicodeTables.Compose(codes[starter], code);
            if (composite >= 0)
            {
                codes[starter] = composite;
                continue;
            }
            if (order == 0)
                starter = kept;
            lastClass = order;
            codes[kept++] = code;
        }
        codes.RemoveRange(kept, codes.Count - kept);
    }
}
