namespace Gloss.Text.Parsing;

/// <summary>
/// Splits a caption into tokens as Universal Dependencies does for English: punctuation and clitics ("n't", "'s")
/// apart. Unlike there, hyphenated words stay whole, also where the text puts spaces round the hyphen ("snow -
/// covered").
/// </summary>
public static class CaptionTokenizer
{
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr.", "mrs.", "ms.", "dr.", "st.", "jr.", "sr.", "vs.", "etc.", "e.g.", "i.e.", "a.m.", "p.m.", "u.s.", "no.",
    };

    private static readonly HashSet<string> NounParticiples =
    [
        "covered", "lined", "filled", "shaped", "capped", "topped", "plated", "themed", "sized", "clad", "flavored",
    ];

    private static readonly HashSet<string> FunctionWords = TextResource.Words("Parsing.function-words.txt");

    private static readonly string[] Clitics = ["'s", "'re", "'ve", "'ll", "'d", "'m", "n't"];

    /// <summary>Tokens of a text in order, with offsets into it.</summary>
    public static List<Token> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<Token>(24);
        var position = 0;
        while (position < text.Length)
        {
            if (char.IsWhiteSpace(text[position]) || char.IsControl(text[position]))
            {
                position++;
                continue;
            }
            var end = position;
            while (end < text.Length && !char.IsWhiteSpace(text[end]) && !char.IsControl(text[end]))
                end++;
            SplitWord(text, position, end, tokens);
            position = end;
        }
        JoinHyphenated(tokens);
        JoinParticiples(tokens);
        JoinCloseUp(tokens);
        return tokens;
    }

    /// <summary>Ranges of tokens that are sentences: each ends behind ".", "!" or "?" or after
    /// <paramref name="maxLength"/> tokens.</summary>
    public static IEnumerable<Range> SplitSentences(IReadOnlyList<Token> tokens, int maxLength = 200)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var start = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var closes = tokens[i].Text is "." or "!" or "?"
                && (i + 1 == tokens.Count || tokens[i + 1].Text is not ("." or "!" or "?" or "\"" or "''" or ")"));
            if (closes || i - start + 1 >= maxLength)
            {
                yield return start..(i + 1);
                start = i + 1;
            }
        }
        if (start < tokens.Count)
            yield return start..tokens.Count;
    }

    private static void SplitWord(string text, int start, int end, List<Token> tokens)
    {
        while (start < end && IsOuterPunctuation(text[start]))
        {
            var length = RunOf(text, start, end);
            tokens.Add(Cut(text, start, start + length));
            start += length;
        }
        var trailing = new Stack<Token>();
        while (end > start && IsOuterPunctuation(text[end - 1]) && !IsWhole(text, start, end))
        {
            var begin = end - 1;
            while (begin > start && text[begin - 1] == text[end - 1])
                begin--;
            trailing.Push(Cut(text, begin, end));
            end = begin;
        }
        if (start < end)
            SplitInside(text, start, end, tokens);
        while (trailing.TryPop(out var token))
            tokens.Add(token);
    }

    private static void SplitInside(string text, int start, int end, List<Token> tokens)
    {
        for (var i = start + 1; i < end - 1; i++)
        {
            var between = char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]);
            if ((text[i] == '/' && between) || (text[i] is ',' or ';' or '&' or '.' && between && end - start > 4)
                || (text[i] is '-' or '.' && text[i + 1] == text[i] && i + 2 < end))
            {
                var length = RunOf(text, i, end);
                SplitInside(text, start, i, tokens);
                tokens.Add(Cut(text, i, i + length));
                if (i + length < end)
                    SplitWord(text, i + length, end, tokens);
                return;
            }
        }
        var word = text.AsSpan(start, end - start);
        if (word.Equals("cannot", StringComparison.OrdinalIgnoreCase))
        {
            tokens.Add(Cut(text, start, start + 3));
            tokens.Add(Cut(text, start + 3, end));
            return;
        }
        foreach (var clitic in Clitics)
        {
            if (word.Length > clitic.Length && EndsWith(word, clitic))
            {
                tokens.Add(Cut(text, start, end - clitic.Length));
                tokens.Add(Cut(text, end - clitic.Length, end));
                return;
            }
        }
        tokens.Add(Cut(text, start, end));
    }

    private static void JoinHyphenated(List<Token> tokens)
    {
        for (var i = 1; i + 1 < tokens.Count; i++)
        {
            if (tokens[i].Text != "-" || !IsWord(tokens[i - 1].Text) || !IsWord(tokens[i + 1].Text)
                || tokens[i + 1].Start - tokens[i - 1].End > 3)
            {
                continue;
            }
            var joined = $"{tokens[i - 1].Text}-{tokens[i + 1].Text}";
            tokens[i - 1] = new Token(joined, tokens[i - 1].Start, tokens[i + 1].End);
            tokens.RemoveRange(i, 2);
            i--;
        }
    }

    // "a snow covered mountain", "a tree lined street": as with the hyphen that others write. Behind "is" or "fully",
    // and before "in" or "with", the participle stands alone.
    private static void JoinParticiples(List<Token> tokens)
    {
        for (var i = 1; i + 2 < tokens.Count; i++)
        {
            var word = tokens[i].Text;
            if (!NounParticiples.Contains(tokens[i + 1].Text) || !IsContentWord(word)
                || !IsContentWord(tokens[i + 2].Text)
                || word.EndsWith("ly", StringComparison.Ordinal) || word.EndsWith("ing", StringComparison.Ordinal))
            {
                continue;
            }
            tokens[i] = new Token($"{word}-{tokens[i + 1].Text}", tokens[i].Start, tokens[i + 1].End);
            tokens.RemoveAt(i + 1);
        }
    }

    // "a close up of a plate".
    private static void JoinCloseUp(List<Token> tokens)
    {
        for (var i = 0; i + 2 < tokens.Count; i++)
        {
            if (tokens[i].Text is "close" or "Close" && tokens[i + 1].Text == "up"
                && tokens[i + 2].Text is "of" or "shot" or "view")
            {
                tokens[i] = new Token($"{tokens[i].Text}-up", tokens[i].Start, tokens[i + 1].End);
                tokens.RemoveAt(i + 1);
            }
        }
    }

    private static bool IsContentWord(string word) => word.All(char.IsAsciiLetterLower)
        && !FunctionWords.Contains(word);

    private static bool IsWord(string text) => char.IsLetterOrDigit(text[0]) && char.IsLetterOrDigit(text[^1]);

    private static bool EndsWith(ReadOnlySpan<char> word, string clitic)
    {
        var tail = word[^clitic.Length..];
        for (var i = 0; i < clitic.Length; i++)
        {
            var c = tail[i] == '\u2019' ? '\'' : char.ToLowerInvariant(tail[i]);
            if (c != clitic[i])
                return false;
        }
        return true;
    }

    private static bool IsWhole(string text, int start, int end)
    {
        var word = text.AsSpan(start, end - start);
        if (word[^1] == '.' && word.Length > 1)
        {
            return Abbreviations.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word)
                || (word.Length == 2 && char.IsAsciiLetterUpper(word[0]) && end < text.Length);
        }
        return word[0] is '\'' or '\u2019' && word.Length > 1 && char.IsLetter(word[^1]);
    }

    private static bool IsOuterPunctuation(char c) =>
        !char.IsLetterOrDigit(c) && c is not ('\'' or '\u2019' or '$' or '#' or '@' or '%') || c is '\u2018';

    private static int RunOf(string text, int start, int end)
    {
        var length = 1;
        while (start + length < end && text[start + length] == text[start])
            length++;
        return length;
    }

    private static Token Cut(string text, int start, int end) => new(text[start..end], start, end);
}
