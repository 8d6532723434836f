using System.Text;
using Gloss.Text.Unicode;

namespace Gloss.Text;

/// <summary>
/// Repairs text that went through the wrong hands: entities, mojibake, control characters, ligatures, full-width
/// forms, curly quotes, line ends, lone surrogates; ends in normalization form C.
/// </summary>
/// <remarks>
/// CLIP's published tokenizer calls the package ftfy with its defaults; this does the same steps in the same order
/// (behaviour of ftfy 6.3.1, as its documentation describes it, https://ftfy.readthedocs.io). Its recognition of
/// mojibake is statistical; <see cref="Mojibake"/> has rules of its own that agree on what captions hold.
/// </remarks>
internal static class TextRepair
{
    /// <summary>Repairs line by line; each until nothing changes.</summary>
    public static string Repair(string text)
    {
        if (text.Length == 0)
            return text;
        var result = new StringBuilder(text.Length);
        var unescape = true;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) + 1;
            if (end == 0)
                end = text.Length;
            var line = text[start..end];
            // A "<" shows that the text is HTML, whose entities are its own business, from here on.
            unescape &= !line.Contains('<', StringComparison.Ordinal);
            result.Append(RepairLine(line, unescape));
            start = end;
        }
        return result.ToString();
    }

    private static string RepairLine(string line, bool unescape)
    {
        while (true)
        {
            var before = line;
            if (unescape)
                line = HtmlEntities.UnescapeWhole(line);
            line = Mojibake.Repair(line);
            line = RepairCharacters(line);
            line = RemoveControls(RemoveTerminalEscapes(line));
            line = Composition.Nfc(line);
            if (line == before)
                return line;
        }
    }

    // Ligatures and full-width forms taken apart, straight quotes, line ends as LF, lone surrogates replaced.
    private static string RepairCharacters(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1]))
                    result.Append(c).Append(text[++i]);
                else
                    result.Append('\uFFFD');
                continue;
            }
            if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                continue;
            switch (c)
            {
                case '\r' or '\u2028' or '\u2029':
                    result.Append('\n');
                    break;
                case '\u02BC' or (>= '\u2018' and <= '\u201B'):
                    result.Append('\'');
                    break;
                case >= '\u201C' and <= '\u201F':
                    result.Append('"');
                    break;
                case >= '\u0080' and <= '\u009F':
                    // A control character of Latin-1 was meant as Windows-1252; U+0085 alone can still be a line end.
                    result.Append(Mojibake.FromWindows1252((byte)c));
                    break;
                case '\u3000':
                    result.Append(' ');
                    break;
                case >= '\uFF01' and <= '\uFFEF':
                    AppendOrdinaryWidth(result, c);
                    break;
                default:
                    if (Ligature(c) is { } letters)
                        result.Append(letters);
                    else
                        result.Append(c);
                    break;
            }
        }
        return result.ToString();
    }

    private static void AppendOrdinaryWidth(StringBuilder result, char c)
    {
        var form = UnicodeTables.OrdinaryWidth(c);
        if (form.IsEmpty)
            result.Append(c);
        foreach (var code in form)
            result.Append((char)code);
    }

    private static string? Ligature(char c) => c switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ŉ' => "ʼn",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => null,
    };

    // ESC [ digits and semicolons, letter: colours of a terminal.
    private static string RemoveTerminalEscapes(string text)
    {
        if (!text.Contains('\x1B', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var end = i + 2;
            if (text[i] == '\x1B' && end <= text.Length - 1 && text[i + 1] == '[')
            {
                while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ';'))
                    end++;
                if (end < text.Length && char.IsAsciiLetter(text[end]))
                {
                    i = end;
                    continue;
                }
            }
            result.Append(text[i]);
        }
        return result.ToString();
    }

    private static string RemoveControls(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var code = UnicodeTables.CodePointAt(text, i, out var length);
            if (!IsRemoved(code))
                result.Append(text, i, length);
            i += length;
        }
        return result.Length == text.Length ? text : result.ToString();
    }

    // Controls without a use in plain text; tab, line feed, form feed and carriage return stay.
    private static bool IsRemoved(int code) =>
        code is <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or >= 0x206A and <= 0x206F or 0xFEFF
            or >= 0xFFF9 and <= 0xFFFC or >= 0x1D173 and <= 0x1D17A;
}
