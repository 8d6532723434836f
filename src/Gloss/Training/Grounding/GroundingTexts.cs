using Gloss.Data.Grounding;
using Gloss.Images;
using Gloss.Losses;
using Gloss.Text;

namespace Gloss.Training.Grounding;

/// <summary>Makes the text of a picture and what is to be found by it.</summary>
internal sealed class GroundingTexts(GroundingTaskOptions options, WordPieceTokenizer tokenizer, IReadOnlyList<GroundingImage> images, IReadOnlyList<string> categories)
{
    // Words that are wrong in a mirror.
    private static readonly string[] sides = ["left", "right"];

    /// <summary>The text of one picture in one view.</summary>
    public (SubSentenceText Text, List<GroundingTarget> Targets) Make(GroundingImage image, GroundingView view, SeededGenerator generator) =>
        image.Objects is { } objects ? Detection(objects, view, generator) : Grounding(image, view, generator);

    // All captions in one text: each is a sub-sentence, and a thing is named by all of them that speak of it.
    private (SubSentenceText, List<GroundingTarget>) Grounding(GroundingImage image, GroundingView view, SeededGenerator generator)
    {
        GroundingCaption[] own = [.. image.Captions.Where(c => !view.IsMirrored || !sides.Any(s => c.Text.Contains(s, StringComparison.OrdinalIgnoreCase)))];
        if (own.Length == 0)
            own = [.. image.Captions.Take(1)];
        var chosen = generator.Shuffle(own)[..Math.Min(own.Length, 1 + generator.NextInt32(options.CaptionsPerText))].Select(c => (Caption: c, IsOwn: true)).ToList();
        for (var i = 0; i < options.NegativeCaptions; i++)
        {
            var other = images[generator.NextInt32(images.Count)];
            if (other.Captions.Count > 0 && other != image)
                chosen.Add((other.Captions[generator.NextInt32(other.Captions.Count)], false));
        }
        var text = new System.Text.StringBuilder();
        var spans = new List<(int, int)>();
        var boxes = new List<IReadOnlyList<FractionBox>>();
        foreach (var (caption, isOwn) in generator.Shuffle([.. chosen]))
        {
            var offset = text.Length;
            if (isOwn)
            {
                spans.AddRange(caption.Phrases.Select(p => (offset + p.Start, offset + p.End)));
                boxes.AddRange(caption.Phrases.Select(p => p.Boxes));
            }
            text.Append(caption.Text);
            text.Append(caption.Text.AsSpan().TrimEnd().EndsWith(".") ? " " : " . ");
        }
        var tokens = SubSentenceText.FromCaption(tokenizer, text.ToString().TrimEnd(), options.MaxTextTokens, spans);
        var named = new Dictionary<FractionBox, SortedSet<int>>();
        for (var i = 0; i < spans.Count; i++)
        {
            var range = tokens.Phrases[i];
            if (range.Count == 0)
                continue;
            IEnumerable<FractionBox> wanted = options.MergesBoxes ? [boxes[i].Aggregate((a, b) => a.Union(b))] : boxes[i];
            foreach (var box in wanted)
                (named.TryGetValue(box, out var set) ? set : named[box] = []).UnionWith(Enumerable.Range(range.Start, range.Count));
        }
        return (tokens, [.. named.Select(n => view.Apply(n.Key) is { } seen ? Target(seen, [.. n.Value]) : null).OfType<GroundingTarget>()]);
    }

    // The picture's own categories and others, in random order.
    private (SubSentenceText, List<GroundingTarget>) Detection(IReadOnlyList<DetectedObject> objects, GroundingView view, SeededGenerator generator)
    {
        var seen = objects.Select(o => (o.Category, Box: view.Apply(o.Box))).Where(o => o.Box is not null).ToList();
        string[] own = [.. seen.Select(o => o.Category).Distinct(StringComparer.Ordinal)];
        // What is in the picture but hardly in view is neither asked for nor called absent.
        var present = objects.Select(o => o.Category).ToHashSet(StringComparer.Ordinal);
        var others = generator.Shuffle([.. categories.Where(c => !present.Contains(c))]).Take(Math.Max(0, options.MaxLabels - own.Length));
        var phrases = new List<int[]>();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var used = 2;
        foreach (var category in own.Concat(others))
        {
            var ids = tokenizer.Encode(category);
            if (ids.Length == 0 || used + ids.Length + 1 > options.MaxTextTokens)
                continue;
            used += ids.Length + 1;
            numbers[category] = phrases.Count;
            phrases.Add(ids);
        }
        var order = generator.Shuffle([.. Enumerable.Range(0, phrases.Count)]);
        var text = SubSentenceText.FromPhrases(tokenizer, [.. order.Select(i => phrases[i])]);
        var targets = new List<GroundingTarget>();
        foreach (var (category, box) in seen)
        {
            if (!numbers.TryGetValue(category, out var number))
                continue;
            var range = text.Phrases[Array.IndexOf(order, number)];
            targets.Add(Target(box!.Value, [.. Enumerable.Range(range.Start, range.Count)]));
        }
        return (text, targets);
    }

    private static GroundingTarget Target(FractionBox box, int[] tokens) =>
        new((box.Left + box.Right) / 2, (box.Top + box.Bottom) / 2, box.Width, box.Height, tokens);
}
