using Gloss.Text;

namespace Gloss.Inference.Grounding;

/// <summary>
/// Tags that are looked for, laid out in as few passes as the model's text length allows. A pass holds whole tags only, each a
/// segment of its own, so that a label is always one of them.
/// </summary>
public sealed class GroundingTags
{
    private const int MostTags = 100_000;
    private const int MostSkippedNames = 8;

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
        var passes = new List<GroundingPass>();
        var current = new List<(int Tag, int[] Ids)>();
        var used = 2;
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
            if (used + ids.Length + 1 > maxTokens)
                EndPass();
            current.Add((names.Count, ids));
            names.Add(name);
            used += ids.Length + 1;
        }
        EndPass();
        Names = names;
        Passes = passes;
        Skipped = skipped;
        if (names.Count == 0)
        {
            throw new ArgumentException(skipped.Count == 0 ? "no tags to look for · hint: give some, with commas between them"
                : $"no tags to look for · {string.Join(" · ", skipped.Take(MostSkippedNames))}", nameof(tags));
        }

        void EndPass()
        {
            if (current.Count > 0)
                passes.Add(new GroundingPass([.. current.Select(c => c.Tag)], SubSentenceText.FromPhrases(tokenizer, [.. current.Select(c => c.Ids)])));
            current.Clear();
            used = 2;
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

    private static string Shortened(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
