using System.Text;
using Gloss.Text;

namespace Gloss.Inference.Grounding;

/// <summary>
/// Tags that are looked for, laid out in as few passes as the model's text length allows, evenly filled. A pass holds
/// whole tags only, each a segment of its own, so that a label is always one of them.
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
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        var tokens = new List<int[]>();
        foreach (var tag in tags)
        {
            var name = tag.Trim();
            if (Fault(tokenizer, name, maxTokens, out var ids) is { } fault)
            {
                skipped.Add(fault);
                continue;
            }
            var spelling = string.Join(' ', ids);
            if (!seen.TryAdd(spelling, name))
            {
                // What differs in capitals or its mark alone is the same word.
                if (!Word(name).Equals(Word(seen[spelling]), StringComparison.OrdinalIgnoreCase))
                    skipped.Add($"'{Shortened(name)}' reads as '{Shortened(seen[spelling])}' does to the model");
                continue;
            }
            tokens.Add(ids);
            names.Add(name);
        }
        Names = names;
        Passes = [.. Split([.. tokens.Select(ids => ids.Length)], maxTokens).Select(pass => new GroundingPass(
            [.. Enumerable.Range(pass.First, pass.Count)],
            SubSentenceText.FromPhrases(tokenizer, tokens.GetRange(pass.First, pass.Count))))];
        Skipped = skipped;
        if (names.Count == 0)
        {
            throw new ArgumentException(skipped.Count == 0
                ? "no tags to look for · hint: give some, with commas between them"
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

    /// <summary>Why words cannot be looked for; null where they can.</summary>
    /// <param name="tokenizer">The model's word pieces.</param>
    /// <param name="words">A tag or phrase.</param>
    /// <param name="maxTokens">Most tokens of a pass.</param>
    /// <param name="ids">The tokens.</param>
    internal static string? Fault(WordPieceTokenizer tokenizer, string words, int maxTokens, out int[] ids)
    {
        // The mark that closes a tag is put behind it in any case.
        ids = tokenizer.Encode(Word(words));
        if (!words.EnumerateRunes().Any(Rune.IsLetterOrDigit) || ids.All(id => id == tokenizer.UnkId))
            return $"'{Shortened(words)}' has no letters that the model reads";
        return ids.Length + Enclosing + 1 > maxTokens
            ? $"'{Shortened(words)}' has {ids.Length} tokens, at most {maxTokens - Enclosing - 1}" : null;
    }

    // Whole tags in their order, in as few passes as can be, filled evenly: scores are lower in a shorter text.
    private static List<(int First, int Count)> Split(int[] lengths, int maxTokens)
    {
        var passes = Filled(lengths, maxTokens);
        if (passes.Count < 2)
            return passes;
        for (var even = Enclosing + (lengths.Sum() + lengths.Length + passes.Count - 1) / passes.Count;
            even < maxTokens; even++)
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

    private static string Word(string name) => name.Trim().TrimEnd('.');

    private static string Shortened(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
