using System.Collections.Frozen;

namespace Gloss.Evaluation;

/// <summary>
/// Splits captions into words as the public caption measures do: Penn Treebank tokens of Stanford CoreNLP 3.4.1
/// (<c>PTBTokenizer -preserveLines -lowerCase</c>), then without punctuation.
/// </summary>
/// <remarks>
/// Longest match over a table of rules, the earlier rule on a tie. Three habits of the public tool matter to figures
/// and are kept: brackets become words (<c>-lrb-</c>), runs of marks such as <c>?!</c> survive the removal of
/// punctuation, and a single letter keeps its full stop (<c>a.</c>). Characters beyond U+FFFF are dropped. A blank
/// inside a token (<c>2 1/2</c>) is printed as U+00A0. Every caption is treated by itself: line breaks in it count as
/// blanks, and the text of the next caption never matters.
/// Equal to the tool on recorded outputs (98 odd strings, 1,776 captions). What those do not show, such as rare
/// abbreviations, addresses, telephone numbers and faces, follows what is known of the tool and was not compared;
/// letters are taken by Unicode category. The list of punctuation is that of pycocoevalcap 1.2.
/// </remarks>
public static class PtbTokenizer
{
    private static readonly FrozenSet<string> _punctuation = new[]
    {
        "''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The tokens of a caption in lower case, punctuation included.</summary>
    /// <param name="caption">Any text; null is not allowed, empty gives no tokens.</param>
    public static IReadOnlyList<string> Tokenize(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        // The rules look one or two characters ahead; a line end closes every caption.
        var text = caption.Replace('\n', ' ').Replace('\r', ' ') + "\n";
        var tokens = new List<string>();
        var position = 0;
        while (position < text.Length)
        {
            if (PtbRules.IsBlank(text[position]))
            {
                position++;
                continue;
            }
            var plain = PlainLength(text, position);
            if (plain > 0)
            {
                tokens.Add(text.Substring(position, plain).ToLowerInvariant());
                position += plain;
                continue;
            }
            var (token, length) = PtbRules.Match(text, position);
            if (token is not null)
                tokens.Add(token.Replace(' ', '\u00A0').ToLowerInvariant());
            position += length;
        }
        return tokens;
    }

    /// <summary>
    /// The caption as the measures compare it: tokens in lower case without punctuation, joined by single blanks.
    /// </summary>
    /// <param name="caption">Any text; null is not allowed.</param>
    public static string Clean(string caption) =>
        string.Join(' ', Tokenize(caption).Where(token => !_punctuation.Contains(token)));

    /// <summary>
    /// The length of a token that the table would give just so, else 0: letters, also joined by single hyphens, up to a
    /// blank or to a closing 's; that 's itself; a lone comma or full stop. It serves nine tokens of ten without the
    /// table.
    /// </summary>
    private static int PlainLength(string text, int start)
    {
        var isFirst = start == 0 || text[start - 1] is ' ';
        if (text[start] is '\'' && text[start + 1] is 's' or 'S' && text[start + 2] is ' ' or '\n')
            return 2;
        if (!isFirst)
            return 0;
        if (text[start] is '.' or ',' && text[start + 1] is ' ' or '\n')
            return text[start + 1] is '\n' || text[start + 2] is not '.' ? 1 : 0;
        var end = start;
        while (char.IsAsciiLetter(text[end]) || (end > start && text[end] is '-' && char.IsAsciiLetter(text[end + 1])))
            end++;
        var length = end - start;
        var isEnd = text[end] is ' ' or '\n'
            || (length > 1 && text[end] is '\'' && text[end + 1] is 's' or 'S' && text[end + 2] is ' ' or '\n');
        return isEnd && !PtbRules.IsContraction(text.AsSpan(start, length)) ? length : 0;
    }
}
