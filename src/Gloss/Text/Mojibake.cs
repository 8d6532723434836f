using System.Text;

namespace Gloss.Text;

/// <summary>
/// Undoes mojibake: UTF-8 that was read as Windows-1252 (or Latin-1), Windows-1250, Windows-1251 or Mac Roman and now
/// shows "Ã©" for "é".
/// </summary>
/// <remarks>
/// A text is only touched on evidence: characters that, as bytes, are well-formed UTF-8 and that nobody would write
/// beside each other: a letter with a currency sign, a symbol, a control character or a superscript right behind it
/// ("Ã©", "â€™", "Å¡"), a small letter with a capital behind it ("ðŸ"), a capital Ã or Â with a sign behind it. What
/// may follow a letter (closing quotes, dash, ellipsis, ™, ®, degree) is no evidence by itself: "AHÅ™" and "Brontë…”"
/// stay. With evidence, and when all of the text is well-formed, all of it is read anew; else only the sequences that
/// touch each other around the evidence. The other code pages count for the signs U+2000 to U+203F only, and Mac Roman
/// also for sequences that begin in √ or ¬.
/// </remarks>
internal static class Mojibake
{
    private static readonly CodePage Windows1252 = new(1252);
    private static readonly CodePage[] CodePages = [Windows1252, new(1251), new(1250), new(10000)];

    /// <summary>The character of a byte in Windows-1252; the five bytes without one are control characters.</summary>
    public static char FromWindows1252(byte value) => Windows1252.CharOf[value];

    /// <summary>Reads the text anew until there is no more evidence (text can be broken more than once).</summary>
    public static string Repair(string text)
    {
        while (!Ascii.IsValid(text))
        {
            var repaired = RepairOnce(text);
            if (repaired == text)
                break;
            text = repaired;
        }
        return text;
    }

    private static string RepairOnce(string text)
    {
        foreach (var page in CodePages)
        {
            var sequences = FindSequences(text, page, out var isConsistent);
            if (!sequences.Exists(s => s.IsEvidence))
                continue;
            var result = new StringBuilder(text.Length);
            var copied = 0;
            for (var i = 0; i < sequences.Count;)
            {
                // A group of sequences that touch each other stands or falls together.
                var (end, isBad) = (i, isConsistent);
                do
                {
                    isBad |= sequences[end].IsEvidence;
                    end++;
                }
                while (end < sequences.Count && sequences[end].Start == sequences[end - 1].End);
                for (; i < end; i++)
                {
                    if (!isBad)
                        continue;
                    result.Append(text, copied, sequences[i].Start - copied).Append(sequences[i].Value);
                    copied = sequences[i].End;
                }
            }
            return result.Append(text, copied, text.Length - copied).ToString();
        }
        return text;
    }

    private static List<Sequence> FindSequences(string text, CodePage page, out bool isConsistent)
    {
        var sequences = new List<Sequence>();
        isConsistent = true;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                i++;
                continue;
            }
            var count = 0;
            while (count < 4 && i + count < text.Length && page.ByteOf.TryGetValue(text[i + count], out var value))
                bytes[count++] = value;
            var status = Rune.DecodeFromUtf8(bytes[..count], out var rune, out var length);
            if (status == System.Buffers.OperationStatus.Done && length > 1)
            {
                var isEvidence = IsEvidence(text, i, length, page, bytes);
                sequences.Add(new Sequence(i, i + length, rune.ToString(), isEvidence));
                i += length;
            }
            else if (LostNoBreakSpace(text, i, page, bytes[..count]) is { } letter)
            {
                sequences.Add(new Sequence(i, i + 2, letter, true));
                i += 2;
            }
            else
            {
                isConsistent = false;
                i++;
            }
        }
        return sequences;
    }

    // "Ã" and a no-break space is "à"; where the space became a plain one, a capital Ã right behind a small letter and
    // before the space shows it ("voilÃ ").
    private static string? LostNoBreakSpace(string text, int at, CodePage page, ReadOnlySpan<byte> bytes) =>
        page == Windows1252 && bytes.Length > 0 && bytes[0] == 0xC3 && at > 0 && char.IsAsciiLetterLower(text[at - 1])
            && at + 1 < text.Length && text[at + 1] == ' '
            ? "à"
            : null;

    private static bool IsEvidence(string text, int at, int length, CodePage page, ReadOnlySpan<byte> bytes)
    {
        if (length == 3 && bytes[0] == 0xE2 && bytes[1] == 0x80)
            return true;
        if (page.Number == 10000)
            return text[at] is '√' or '¬' && length == 2;
        if (page != Windows1252)
            return false;
        var lead = text[at];
        for (var i = at + 1; i < at + length; i++)
        {
            var sign = text[i];
            if (MayFollowALetter(sign))
            {
                var isBeforeLetter = at + length < text.Length && char.IsLetter(text[at + length]);
                if (lead is 'Ã' or 'Â'
                    && (isBeforeLetter || sign is '©' or '®' or '°' or '»' or '«' or '·' or '\u00A0'))
                    return true;
            }
            else if (!char.IsLetter(sign) || sign is 'ƒ' or 'µ' or 'ª' or 'º'
                || (char.IsUpper(sign) && char.IsLower(text[i - 1])))
            {
                return true;
            }
        }
        return false;
    }

    private static bool MayFollowALetter(char c) => c is '‘' or '’' or '“' or '”' or '…' or '–' or '—' or '™' or '®'
        or '©' or '°' or '»' or '«' or '›' or '‹' or '·' or '•' or '\u00A0' or '´' or '\u00AD';

    private sealed record Sequence(int Start, int End, string Value, bool IsEvidence);

    private sealed class CodePage
    {
        public CodePage(int number)
        {
            Number = number;
            var encoding = CodePagesEncodingProvider.Instance.GetEncoding(number)!;
            CharOf = encoding.GetString([.. Enumerable.Range(0, 256).Select(b => (byte)b)]).ToCharArray();
            for (var b = 0x80; b < 256; b++)
                ByteOf[CharOf[b]] = (byte)b;
            // Latin-1 and Windows-1252 differ in these alone, and a text may hold both.
            for (var b = 0x80; number == 1252 && b < 0xA0; b++)
                ByteOf.TryAdd((char)b, (byte)b);
        }

        public int Number { get; }

        public char[] CharOf { get; }

        public Dictionary<char, byte> ByteOf { get; } = [];
    }
}
