namespace Gloss.Text.Mining;

/// <summary>How well mined scene graphs agree with annotated ones.</summary>
public sealed class MiningAccuracy
{
    private readonly Dictionary<string, (int Right, int Found, int Annotated)> counts = [];

    /// <summary>Precision, recall and F1 of one thing that was compared.</summary>
    public sealed record Score(string Name, double Precision, double Recall, double F1, int Annotated);

    /// <summary>Heads found in both with a type, for the share of right types.</summary>
    public int TypedHeads { get; private set; }

    /// <summary>Of these, those whose type (object or scene) agrees.</summary>
    public int RightTypes { get; private set; }

    /// <summary>What differs, one line each: + found and not annotated, - annotated and not found.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>The scores so far.</summary>
    public IReadOnlyList<Score> Scores =>
    [
        .. counts.Select(c => new Score(
            c.Key, Ratio(c.Value.Right, c.Value.Found), Ratio(c.Value.Right, c.Value.Annotated),
            Ratio(2 * c.Value.Right, c.Value.Found + c.Value.Annotated), c.Value.Annotated)),
    ];

    /// <summary>Compares one caption. Mentions of one head are not told apart; repeats count.</summary>
    public void Add(CaptionAnnotation mined, CaptionAnnotation gold)
    {
        ArgumentNullException.ThrowIfNull(mined);
        ArgumentNullException.ThrowIfNull(gold);
        Compare("heads", gold.Caption, mined, gold, a => a.Entities.Where(e => e.Type != "none").Select(e => e.Head));
        Compare("attributes", gold.Caption, mined, gold, a => a.Entities
            .Where(e => e.Type != "none").SelectMany(e => e.Attributes.Select(x => $"{x} {e.Head}")));
        Compare("actions", gold.Caption, mined, gold, a => a.Tags["action"]);
        Compare("actions with arguments", gold.Caption, mined, gold, a => a.Actions
            .Select(x => $"{x.Verb} {x.Particle}({x.Subject}, {x.Object})"));
        Compare("relations", gold.Caption, mined, gold, a => a.Relations
            .Select(r => $"{r.Subject} · {r.Predicate} · {r.Object}"));
        foreach (var tag in new[] { "object", "scene", "attribute" })
            Compare($"tags: {tag}", null, mined, gold, a => a.Tags[tag]);
        foreach (var group in gold.Entities.Where(e => e.Type != "none").GroupBy(e => e.Head))
        {
            var found = mined.Entities.Where(e => e.Type != "none" && e.Head == group.Key).Select(e => e.Type).ToList();
            foreach (var (annotated, type) in group.Zip(found))
            {
                TypedHeads++;
                RightTypes += annotated.Type == type ? 1 : 0;
                if (annotated.Type != type)
                    Differences.Add(
                        $"type\t{annotated.Head}: found {type}, annotated {annotated.Type}\t{gold.Caption}");
            }
        }
    }

    private void Compare(
        string name, string? caption, CaptionAnnotation mined, CaptionAnnotation gold,
        Func<CaptionAnnotation, IEnumerable<string>> select)
    {
        var left = select(gold).ToList();
        var annotated = left.Count;
        int found = 0, right = 0;
        foreach (var item in select(mined))
        {
            found++;
            if (left.Remove(item))
                right++;
            else if (caption is not null)
                Differences.Add($"{name}\t+ {item}\t{caption}");
        }
        if (caption is not null)
            Differences.AddRange(left.Select(item => $"{name}\t- {item}\t{caption}"));
        var old = counts.GetValueOrDefault(name);
        counts[name] = (old.Right + right, old.Found + found, old.Annotated + annotated);
    }

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
