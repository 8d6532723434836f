namespace Gloss.Text;

/// <summary>
/// A text for a detector by words, cut into sub-sentences (Liu et al., "Grounding DINO", ECCV 2024, section 3.4):
/// tokens see only tokens of their own segment, and positions start anew in each.
/// </summary>
/// <remarks>
/// Ids, masks and positions equal github.com/IDEA-Research/GroundingDINO@856dde2, <c>bertwarper.py</c>: a segment ends
/// with its "." or "?"; [CLS] and a closing [SEP] stand alone; tokens behind the last mark see only themselves. A text
/// is cut to the most tokens after its segments are known.
/// </remarks>
public sealed class SubSentenceText
{
    private SubSentenceText(int[] ids, int[] segments, int[] positions, TokenRange[] phrases)
    {
        Ids = ids;
        Segments = segments;
        Positions = positions;
        Phrases = phrases;
    }

    /// <summary>Token ids with [CLS] first and, unless cut, [SEP] last.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The number of each token's segment.</summary>
    public IReadOnlyList<int> Segments { get; }

    /// <summary>Each token's position in its segment.</summary>
    public IReadOnlyList<int> Positions { get; }

    /// <summary>Where the phrases stand that the text was made with; those cut off are empty.</summary>
    public IReadOnlyList<TokenRange> Phrases { get; }

    /// <summary>
    /// A caption, closed with "." where it does not end so. With <paramref name="spans"/> (characters of the caption,
    /// start and end) their tokens are <see cref="Phrases"/>.
    /// </summary>
    public static SubSentenceText FromCaption(WordPieceTokenizer tokenizer, string caption, int maxTokens = 256,
        IReadOnlyList<(int Start, int End)>? spans = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(caption);
        spans ??= [];
        foreach (var (start, end) in spans)
        {
            if (start < 0 || end < start || end > caption.Length)
                throw new ArgumentException(
                    $"the phrase {start}–{end} is outside the caption of {caption.Length} characters · {caption}",
                    nameof(spans));
        }
        // Words end where phrases do, so pieces between the ends have the tokens that the whole has.
        int[] cuts = [.. spans.SelectMany(s => new[] { s.Start, s.End }).Append(0).Append(caption.Length)
            .Distinct().Order()];
        var ids = new List<int> { tokenizer.ClsId };
        var tokenAt = new Dictionary<int, int>();
        for (var i = 0; i < cuts.Length; i++)
        {
            tokenAt[cuts[i]] = ids.Count;
            if (i + 1 < cuts.Length)
                ids.AddRange(tokenizer.Encode(caption[cuts[i]..cuts[i + 1]]));
        }
        if (!caption.AsSpan().Trim().EndsWith("."))
            ids.AddRange(tokenizer.Encode("."));
        ids.Add(tokenizer.SepId);
        return Of(tokenizer, [.. ids], maxTokens,
            [.. spans.Select(s => new TokenRange(tokenAt[s.Start], tokenAt[s.End]))]);
    }

    /// <summary>
    /// Phrases one after the other, each a segment that "." closes, whatever marks it holds itself. Nothing is cut.
    /// </summary>
    public static SubSentenceText FromPhrases(WordPieceTokenizer tokenizer, IReadOnlyList<IReadOnlyList<int>> phrases)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(phrases);
        var stop = tokenizer.Encode(".");
        var ids = new List<int> { tokenizer.ClsId };
        var segments = new List<int> { 0 };
        var positions = new List<int> { 0 };
        var ranges = new List<TokenRange>();
        foreach (var phrase in phrases)
        {
            var start = ids.Count;
            ids.AddRange(phrase);
            ranges.Add(new TokenRange(start, ids.Count));
            ids.AddRange(stop);
            for (var i = start; i < ids.Count; i++)
            {
                segments.Add(ranges.Count);
                positions.Add(i - start);
            }
        }
        ids.Add(tokenizer.SepId);
        segments.Add(ranges.Count + 1);
        positions.Add(0);
        return new SubSentenceText([.. ids], [.. segments], [.. positions], [.. ranges]);
    }

    /// <summary>
    /// Tokens as they are, with the segments that their marks make; <paramref name="ids"/> with [CLS] and [SEP].
    /// </summary>
    public static SubSentenceText FromIds(WordPieceTokenizer tokenizer, IReadOnlyList<int> ids, int maxTokens = 256) =>
        Of(tokenizer, [.. ids], maxTokens, []);

    private static SubSentenceText Of(WordPieceTokenizer tokenizer, int[] ids, int maxTokens, TokenRange[] phrases)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 2);
        int?[] marks = [tokenizer.ClsId, tokenizer.SepId, tokenizer.IdOf("."), tokenizer.IdOf("?")];
        var (segments, positions) = (new int[ids.Length], new int[ids.Length]);
        for (var i = 0; i < ids.Length; i++)
            segments[i] = -1 - i;
        var previous = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (!marks.Contains(ids[i]))
                continue;
            if (i > 0 && i < ids.Length - 1)
            {
                for (var j = previous + 1; j <= i; j++)
                    (segments[j], positions[j]) = (i, j - previous - 1);
            }
            previous = i;
        }
        var length = Math.Min(ids.Length, maxTokens);
        TokenRange[] kept = [.. phrases.Select(p => p.End <= length ? p : new TokenRange(length, length))];
        return new SubSentenceText(ids[..length], segments[..length], positions[..length], kept);
    }
}
