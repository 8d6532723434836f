using Gloss.Data.Grounding;
using Gloss.Images;
using Gloss.Losses;
using Gloss.Text;

namespace Gloss.Training.Grounding;

/// <summary>Makes the text of a picture and what is to be found by it.</summary>
/// <param name="options">The settings.</param>
/// <param name="tokenizer">The model's word pieces.</param>
/// <param name="images">The pictures that are learned from.</param>
/// <param name="categories">
/// Of each picture with objects the categories that its data set annotates: of the others nobody knows whether they are
/// there.
/// </param>
internal sealed class GroundingTexts(GroundingTaskOptions options, WordPieceTokenizer tokenizer,
    IReadOnlyList<GroundingImage> images, Func<GroundingImage, IReadOnlyList<string>> categories)
{
    // Words that are wrong in a mirror.
    private static readonly string[] sides = ["left", "right"];

    // What stands before a phrase's own words and would be no part of a tag.
    private static readonly HashSet<string> leading =
        new(["a", "an", "the", "his", "her", "their", "its", "some", "this", "that", "these", "those",
        "another", "other", "several", "many", "one", "two", "three", "four", "five", "six", "all", "both", "each"],
            StringComparer.Ordinal);

    private const int MostPhrases = 8;

    /// <summary>The text of one picture in one view.</summary>
    public (SubSentenceText Text, List<GroundingTarget> Targets) Make(GroundingImage image, GroundingView view,
        SeededGenerator generator) =>
        image.Objects is { } objects ? Detection(objects, WithoutCrowds(image), view, generator)
        : generator.NextBool(options.PhraseTexts) ? Phrases(image, view, generator) : Grounding(image, view, generator);

    // A crowd is no target, but there.
    private IReadOnlyList<string> WithoutCrowds(GroundingImage image) => image.Annotations is { } annotations
        ? [.. categories(image).Where(c => !annotations.Any(a => a.IsCrowd && a.Category == c))] : categories(image);

    // Phrases, or their last words alone, as tags: each names all that a phrase with the same words speaks of. Others
    // of other pictures, whose last word no caption of this one has, name nothing.
    private (SubSentenceText, List<GroundingTarget>) Phrases(GroundingImage image, GroundingView view,
        SeededGenerator generator)
    {
        var named = NamesOf(image, view).ToList();
        var objects = new List<DetectedObject>();
        foreach (var one in generator.Shuffle([.. named]).Take(1 + generator.NextInt32(MostPhrases)))
        {
            var isHead = generator.NextBool(0.5);
            var name = isHead ? one.Head : one.Name;
            if (objects.Any(o => o.Category == name))
                continue;
            var boxes = named.Where(other => isHead ? other.Head == name : other.Name == name)
                .SelectMany(other => other.Boxes).Distinct();
            objects.AddRange(boxes.Select(box => new DetectedObject(name, box)));
        }
        var known = image.Captions.SelectMany(c => c.Text.ToLowerInvariant().Split(' '))
            .ToHashSet(StringComparer.Ordinal);
        var absent = Enumerable.Range(0, options.NegativePhrases)
            .SelectMany(_ => generator.Shuffle([.. NamesOf(images[generator.NextInt32(images.Count)], view)]).Take(1))
            .Where(other => !known.Contains(other.Head))
                .Select(other => generator.NextBool(0.5) ? other.Head : other.Name).Distinct();
        return Detection(objects, [.. absent], view, generator);
    }

    private static IEnumerable<(string Name, string Head, IReadOnlyList<FractionBox> Boxes)> NamesOf(
        GroundingImage image, GroundingView view)
    {
        foreach (var caption in image.Captions)
        {
            foreach (var phrase in caption.Phrases.Where(p => p.Boxes.Count > 0))
            {
                string[] words = [.. caption.Text[phrase.Start..phrase.End].ToLowerInvariant()
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(leading.Contains)];
                if (words.Length > 0 && !(view.IsMirrored && words.Any(sides.Contains)))
                    yield return (string.Join(' ', words), words[^1], phrase.Boxes);
            }
        }
    }

    // All captions in one text: each is a sub-sentence, and a thing is named by all of them that speak of it.
    private (SubSentenceText, List<GroundingTarget>) Grounding(GroundingImage image, GroundingView view,
        SeededGenerator generator)
    {
        GroundingCaption[] own =
            [.. image.Captions.Where(c => !view.IsMirrored
            || !sides.Any(s => c.Text.Contains(s, StringComparison.OrdinalIgnoreCase)))];
        if (own.Length == 0)
            own = [.. image.Captions.Take(1)];
        var chosen = generator.Shuffle(own)[..Math.Min(own.Length, 1 + generator.NextInt32(options.CaptionsPerText))]
            .Select(c => (Caption: c, IsOwn: true)).ToList();
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
            IEnumerable<FractionBox> wanted = options.MergesBoxes
                ? [boxes[i].Aggregate((a, b) => a.Union(b))] : boxes[i];
            foreach (var box in wanted)
                (named.TryGetValue(box, out var set) ? set : named[box] = [])
                    .UnionWith(Enumerable.Range(range.Start, range.Count));
        }
        return (tokens, [.. named.Select(n => view.Apply(n.Key) is { } seen ? Target(seen, [.. n.Value]) : null)
            .OfType<GroundingTarget>()]);
    }

    // The picture's own categories and others, in random order.
    private (SubSentenceText, List<GroundingTarget>) Detection(IReadOnlyList<DetectedObject> objects,
        IReadOnlyList<string> known, GroundingView view,
        SeededGenerator generator)
    {
        var seen = objects.Select(o => (o.Category, Box: view.Apply(o.Box))).Where(o => o.Box is not null).ToList();
        string[] own = [.. seen.Select(o => o.Category).Distinct(StringComparer.Ordinal)];
        // What is in the picture but hardly in view is neither asked for nor called absent.
        var present = objects.Select(o => o.Category).ToHashSet(StringComparer.Ordinal);
        var others = generator.Shuffle([.. known.Where(c => !present.Contains(c))])
            .Take(Math.Max(0, options.MaxLabels - own.Length));
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
        // A box that several names speak of is one thing.
        var named = new Dictionary<FractionBox, SortedSet<int>>();
        foreach (var (category, box) in seen)
        {
            if (!numbers.TryGetValue(category, out var number))
                continue;
            var range = text.Phrases[Array.IndexOf(order, number)];
            (named.TryGetValue(box!.Value, out var set) ? set : named[box.Value] = [])
                .UnionWith(Enumerable.Range(range.Start, range.Count));
        }
        return (text, [.. named.Select(n => Target(n.Key, [.. n.Value]))]);
    }

    private static GroundingTarget Target(FractionBox box, int[] tokens) =>
        new((box.Left + box.Right) / 2, (box.Top + box.Bottom) / 2, box.Width, box.Height, tokens);
}
