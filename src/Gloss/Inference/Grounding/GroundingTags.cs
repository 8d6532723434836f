using Gloss.Text;

namespace Gloss.Inference.Grounding;

/// <summary>
/// Tags that are looked for, laid out in as few passes as the model's text length allows, evenly filled. A pass holds whole tags
/// only, each a segment of its own, so that a label is always one of them.
/// </summary>
public sealed class GroundingTags
{
    private const int MostTags = 100_000;
    private const int MostSkippedNames = 8;

    // [CLS] and [SEP].
    private const int Enclosing = 2;

    /// <summary>Lays out tags in their order; those that are spelled the same in tokens are looked for once.</summary>
    /// <param name="tokenizer">The model's word pieces.</param>
    /// <param name="tags">The tags as they are to be named.</param>
    /// <param name="maxTokens">Most tokens of a pass, with [CLS], [SEP] and a "." behind each tag.</param>
    /// <exception cref="ArgumentException">No tag is left, or there are too many.</exception>
    public GroundingTags(WordPieceTokenizer tokenizer, IReadOnlyList<string> tags, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(tags);
        if (tags.Count > MostTags)
            throw new ArgumentException($"{tags.Count} tags to look for · expected at most {MostTags}", nameof(tags));
        var names = new List<string>();
        var skipped = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var tokens = new List<int[]>();
        foreach (var tag in tags)
        {
            // The mark that closes a tag is put behind it in any case.
            var name = tag.Trim();
            var ids = tokenizer.Encode(name.TrimEnd('.'));
            if (ids.Length == 0)
            {
                skipped.Add($"'{Shortened(name)}' has no letters that the model reads");
                continue;
            }
            if (ids.Length + 3 > maxTokens)
            {
                skipped.Add($"'{Shortened(name)}' has {ids.Length} tokens, at most {maxTokens - 3}");
                continue;
            }
            if (!seen.Add(string.Join(' ', ids)))
                continue;
            tokens.Add(ids);
            names.Add(name);
        }
        Names = names;
        Passes = [.. Split([.. tokens.Select(ids => ids.Length)], maxTokens).Select(pass => new GroundingPass(
            [.. Enumerable.Range(pass.First, pass.Count)], SubSentenceText.FromPhrases(tokenizer, tokens.GetRange(pass.First, pass.Count))))];
        Skipped = skipped;
        if (names.Count == 0)
        {
            throw new ArgumentException(skipped.Count == 0 ? "no tags to look for · hint: give some, with commas between them"
                : $"no tags to look for · {string.Join(" · ", skipped.Take(MostSkippedNames))}", nameof(tags));
        }
    }

    /// <summary>What can be found; results name one of these, by its place.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The passes.</summary>
    public IReadOnlyList<GroundingPass> Passes { get; }

    /// <summary>Tags that are not looked for, each with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>Tags as people write them in one line: commas or line ends between them.</summary>
    public static IReadOnlyList<string> Split(string list) =>
        list.Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // Whole tags in their order, in as few passes as can be, filled evenly: scores are lower in a shorter text.
    private static List<(int First, int Count)> Split(int[] lengths, int maxTokens)
    {
        var passes = Filled(lengths, maxTokens);
        if (passes.Count < 2)
            return passes;
        for (var even = Enclosing + (lengths.Sum() + lengths.Length + passes.Count - 1) / passes.Count; even < maxTokens; even++)
        {
            if (Filled(lengths, even) is { } evenly && evenly.Count == passes.Count)
                return evenly;
        }
        return passes;
    }

    private static List<(int First, int Count)> Filled(int[] lengths, int maxTokens)
    {
        var passes = new List<(int First, int Count)>();
        var (first, used) = (0, Enclosing);
        for (var tag = 0; tag < lengths.Length; tag++)
        {
            // Behind each tag stands a mark.
            if (used + lengths[tag] + 1 > maxTokens && tag > first)
            {
                passes.Add((first, tag - first));
                (first, used) = (tag, Enclosing);
            }
            used += lengths[tag] + 1;
        }
        if (lengths.Length > first)
            passes.Add((first, lengths.Length - first));
        return passes;
    }

    private static string Shortened(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
