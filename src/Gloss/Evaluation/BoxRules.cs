namespace Gloss.Evaluation;

/// <summary>Choices among boxes that overlap.</summary>
public static class BoxRules
{
    /// <summary>
    /// Non-maximum suppression: the surest box stays and drops every other of its group that overlaps it by more than
    /// <paramref name="threshold"/> (IoU), and so on. Of equal scores the first stays.
    /// </summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="scores">One each, higher is surer.</param>
    /// <param name="groups">One each: only boxes of one group drop each other; null: all are one group.</param>
    /// <param name="threshold">0 to 1.</param>
    /// <returns>The places of those that stay, surest first.</returns>
    public static int[] Suppress(IReadOnlyList<BoundingBox> boxes, IReadOnlyList<double> scores,
        IReadOnlyList<int>? groups, double threshold)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count != boxes.Count || (groups is not null && groups.Count != boxes.Count))
            throw new ArgumentException(
                $"{boxes.Count} boxes, {scores.Count} scores, {groups?.Count ?? boxes.Count} groups: expected one each",
                nameof(scores));
        if (!(threshold is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "expected 0 to 1");
        var order = Enumerable.Range(0, boxes.Count).OrderByDescending(i => scores[i]).ToArray(); // stable
        var kept = new List<int>();
        var keptOf = new Dictionary<int, List<int>>();
        foreach (var i in order)
        {
            var group = groups?[i] ?? 0;
            if (!keptOf.TryGetValue(group, out var rivals))
                keptOf[group] = rivals = [];
            if (rivals.Any(j => boxes[j].IntersectionOverUnion(boxes[i]) > threshold))
                continue;
            rivals.Add(i);
            kept.Add(i);
        }
        return [.. kept];
    }

    /// <summary>The smallest box around all.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static BoundingBox Union(IReadOnlyCollection<BoundingBox> boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        if (boxes.Count == 0)
            throw new ArgumentException("no boxes", nameof(boxes));
        var (left, top) = (boxes.Min(b => b.X), boxes.Min(b => b.Y));
        return new BoundingBox(left, top, boxes.Max(b => b.X + b.Width) - left, boxes.Max(b => b.Y + b.Height) - top);
    }
}
