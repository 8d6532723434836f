namespace Gloss.Text.Parsing;

/// <summary>Numbers for the endings of words: the last two and the last three letters, hashed.</summary>
internal static class WordEnding
{
    /// <summary>The number of numbers.</summary>
    public const int Count = 4096;

    /// <summary>The number of the last <paramref name="length"/> letters in lower case, digits as one.</summary>
    public static int Of(ReadOnlySpan<char> word, int length)
    {
        var hash = 2166136261u ^ (uint)length;
        foreach (var c in word[Math.Max(0, word.Length - length)..])
            hash = (hash ^ (char.IsDigit(c) ? '0' : char.ToLowerInvariant(c))) * 16777619u;
        return (int)((hash ^ (hash >> 15)) % Count);
    }
}
