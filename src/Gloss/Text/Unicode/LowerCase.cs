using System.Text;

namespace Gloss.Text.Unicode;

/// <summary>Lower case of a whole string by Unicode's full mapping, as Python's <c>str.lower</c> gives it.</summary>
internal static class LowerCase
{
    private const char CapitalSigma = 'Σ', SmallSigma = 'σ', FinalSigma = 'ς', CapitalDottedI = 'İ';

    /// <summary>
    /// Maps every character to lower case; Σ at the end of a word becomes ς (Unicode standard, table 3-17,
    /// Final_Sigma), İ becomes i and U+0307. These two are all where the full mapping differs from the simple one.
    /// </summary>
    public static string Of(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length + 4);
        Span<char> chars = stackalloc char[2];
        for (var i = 0; i < text.Length;)
        {
            var code = UnicodeTables.CodePointAt(text, i, out var length);
            if (code == CapitalSigma)
                lower.Append(IsFinal(text, i) ? FinalSigma : SmallSigma);
            else if (code == CapitalDottedI)
                lower.Append("i\u0307");
            else if (length == 1)
                lower.Append(char.IsSurrogate((char)code) ? (char)code : (char)UnicodeTables.ToLower(code));
            else
                lower.Append(chars[..new Rune(UnicodeTables.ToLower(code)).EncodeToUtf16(chars)]);
            i += length;
        }
        return lower.ToString();
    }

    // Behind a cased letter and not before one; characters that case ignores do not count.
    private static bool IsFinal(string text, int at)
    {
        for (var i = at; ;)
        {
            if (i == 0)
                return false;
            i -= i >= 2 && char.IsSurrogatePair(text[i - 2], text[i - 1]) ? 2 : 1;
            var code = UnicodeTables.CodePointAt(text, i, out _);
            if (UnicodeTables.IsCaseIgnorable(code))
                continue;
            if (!UnicodeTables.IsCased(code))
                return false;
            break;
        }
        for (var i = at + 1; i < text.Length;)
        {
            var code = UnicodeTables.CodePointAt(text, i, out var length);
            if (!UnicodeTables.IsCaseIgnorable(code))
                return !UnicodeTables.IsCased(code);
            i += length;
        }
        return true;
    }
}
