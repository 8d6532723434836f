namespace Gloss.Text.Unicode;

/// <summary>White space as Python's <c>str.strip</c> and <c>\s</c> see it.</summary>
internal static class WhiteSpace
{
    /// <summary>Unicode's property White_Space and the separators U+001C to U+001F.</summary>
    public static bool Is(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    /// <summary>Replaces each run of at least <paramref name="minimum"/> white-space characters by one space.</summary>
    public static string Collapse(string text, int minimum)
    {
        var result = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var end = i;
            while (end < text.Length && Is(text[end]))
                end++;
            if (end - i >= minimum)
                result.Append(' ');
            else
                result.Append(text, i, end - i);
            if (end < text.Length && end - i is 0)
                result.Append(text[end++]);
            i = end;
        }
        return result.ToString();
    }

    /// <summary>Removes white space at both ends.</summary>
    public static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && Is(text[start]))
            start++;
        while (end > start && Is(text[end - 1]))
            end--;
        return text[start..end];
    }
}
