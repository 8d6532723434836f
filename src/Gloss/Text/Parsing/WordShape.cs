namespace Gloss.Text.Parsing;

/// <summary>How a word is written, which lower-case word pieces do not tell.</summary>
internal static class WordShape
{
    /// <summary>The number of shapes.</summary>
    public const int Count = 10;

    /// <summary>0 lower case, 1 capital at the beginning of the sentence, 2 capital elsewhere, 3 capitals at the
    /// beginning, 4 capitals elsewhere, 5 mixed, 6 with a digit, 7 a mark alone, 8 a single capital, 9 other
    /// letters.</summary>
    public static int Of(ReadOnlySpan<char> word, bool isFirst)
    {
        int upper = 0, lower = 0, letters = 0, digits = 0;
        foreach (var c in word)
        {
            upper += char.IsUpper(c) ? 1 : 0;
            lower += char.IsLower(c) ? 1 : 0;
            letters += char.IsLetter(c) ? 1 : 0;
            digits += char.IsDigit(c) ? 1 : 0;
        }
        if (digits > 0)
            return 6;
        if (letters == 0)
            return 7;
        if (upper == 0)
            return lower > 0 ? 0 : 9;
        if (upper == 1 && char.IsUpper(word[0]))
            return lower == 0 ? 8 : isFirst ? 1 : 2;
        return lower == 0 ? isFirst ? 3 : 4 : 5;
    }
}
