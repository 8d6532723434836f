using System.Buffers;
using System.Text;
using Gloss.Text.Unicode;

namespace Gloss.Text;

/// <summary>
/// Prepares captions as the published training code does (<c>pre_caption</c>), so that a model meets the same texts.
/// </summary>
/// <remarks>
/// Behaviour of salesforce/BLIP and xinyu1205/recognize-anything (one form) and of zengyan-97/X-VLM (another).
/// Lower case is that of the whole string: a final Σ becomes ς.
/// </remarks>
public static class CaptionCleaner
{
    private static readonly SearchValues<char> BlipSpaced = SearchValues.Create(".!\"()*#:;~");
    private static readonly SearchValues<char> XVlmDeleted = SearchValues.Create(",.'!?\"()*#:;~");

    /// <summary>
    /// The form of BLIP, Tag2Text and RAM: lower case, each of <c>. ! " ( ) * # : ; ~</c> becomes a space, runs of
    /// two or more white-space characters become one space (a single tab or line end stays), spaces at the ends go,
    /// the rest is cut.
    /// </summary>
    /// <param name="caption">The caption as it is.</param>
    /// <param name="maxWords">How many words, counted by single spaces, are kept.</param>
    /// <returns>The cleaned caption; empty when nothing is left.</returns>
    public static string Blip(string caption, int maxWords = 30)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWords, 1);
        var text = new StringBuilder(LowerCase.Of(caption));
        for (var i = 0; i < text.Length; i++)
        {
            if (BlipSpaced.Contains(text[i]))
                text[i] = ' ';
        }
        return Finish(text.ToString(), maxWords);
    }

    /// <summary>
    /// The form of X-VLM: lower case, each of <c>, . ' ! ? " ( ) * # : ; ~</c> is deleted ("don't" gives "dont"),
    /// <c>-</c> and <c>/</c> become a space, <c>&lt;person&gt;</c> becomes person, then white space and length as in
    /// <see cref="Blip"/>.
    /// </summary>
    /// <param name="caption">The caption as it is.</param>
    /// <param name="maxWords">How many words are kept: 40 in the published settings for 4M, 30 for 14M.</param>
    /// <returns>The cleaned caption; empty when nothing is left, where the published code raises an error.</returns>
    public static string XVlm(string caption, int maxWords = 40)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWords, 1);
        var text = new StringBuilder(caption.Length);
        foreach (var c in LowerCase.Of(caption))
        {
            if (!XVlmDeleted.Contains(c))
                text.Append(c is '-' or '/' ? ' ' : c);
        }
        return Finish(text.Replace("<person>", "person").ToString(), maxWords);
    }

    private static string Finish(string text, int maxWords)
    {
        text = WhiteSpace.Collapse(text, minimum: 2).TrimEnd('\n').Trim(' ');
        var end = -1;
        for (var words = 0; words < maxWords; words++)
        {
            end = text.IndexOf(' ', end + 1);
            if (end < 0)
                return text;
        }
        return text[..end];
    }
}
