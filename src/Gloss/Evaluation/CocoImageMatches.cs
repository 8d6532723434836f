namespace Gloss.Evaluation;

/// <summary>Which annotations the detections of one category take in one image, at every area range and IoU.</summary>
internal sealed class CocoImageMatches
{
    /// <summary>IoU 0.50, 0.55 … 0.95.</summary>
    public const int NumIous = 10;

    /// <summary>All, small, medium, large.</summary>
    public const int NumAreas = 4;

    // Both ends belong to the range.
    private static readonly (double Low, double High)[] _areas =
        [(0, 1e10), (0, 32 * 32), (32 * 32, 96 * 96), (96 * 96, 1e10)];

    // The last one is set, not summed, as the public tool's evenly spaced numbers are.
    private static readonly double[] _ious =
        [.. Enumerable.Range(0, NumIous).Select(i => i == NumIous - 1 ? 0.95 : 0.5 + (i * ((0.95 - 0.5) / 9)))];

    /// <summary>Matches.</summary>
    /// <param name="truth">The annotations of the category in the image.</param>
    /// <param name="found">The detections, surest first.</param>
    public CocoImageMatches(GroundTruthBox[] truth, DetectedBox[] found)
    {
        Scores = Array.ConvertAll(found, box => box.Score);
        ToFind = new int[NumAreas];
        Outcomes = new CocoOutcome[NumAreas, NumIous][];
        var overlaps = new double[found.Length, truth.Length];
        for (var d = 0; d < found.Length; d++)
        {
            for (var g = 0; g < truth.Length; g++)
                overlaps[d, g] = Overlap(found[d].Box, truth[g]);
        }
        for (var area = 0; area < NumAreas; area++)
        {
            var isIgnored = Array.ConvertAll(
                truth, box => box.IsCrowd || IsOutside(box.Area ?? box.Box.Area, area));
            ToFind[area] = isIgnored.Count(x => !x);
            // Annotations to be found first, each part in the order of the input.
            var order = Enumerable.Range(0, truth.Length).OrderBy(g => isIgnored[g]).ToArray();
            for (var iou = 0; iou < NumIous; iou++)
                Outcomes[area, iou] = Match(truth, found, overlaps, isIgnored, order, area, _ious[iou]);
        }
    }

    /// <summary>The scores of the detections, highest first.</summary>
    public double[] Scores { get; }

    /// <summary>How many annotations are to be found, by area range.</summary>
    public int[] ToFind { get; }

    /// <summary>The outcome of each detection, by area range and IoU.</summary>
    public CocoOutcome[,][] Outcomes { get; }

    private static CocoOutcome[] Match(
        GroundTruthBox[] truth, DetectedBox[] found, double[,] overlaps, bool[] isIgnored, int[] order, int area,
        double leastIou)
    {
        var isTaken = new bool[truth.Length];
        var outcomes = new CocoOutcome[found.Length];
        for (var d = 0; d < found.Length; d++)
        {
            var best = Math.Min(leastIou, 1 - 1e-10);
            var taken = -1;
            foreach (var g in order)
            {
                if (isTaken[g] && !truth[g].IsCrowd)
                    continue;
                // An ignored annotation is taken only where none that was to be found fits.
                if (taken >= 0 && !isIgnored[taken] && isIgnored[g])
                    break;
                // Equal overlap goes to the later annotation.
                if (overlaps[d, g] < best)
                    continue;
                best = overlaps[d, g];
                taken = g;
            }
            if (taken >= 0)
            {
                isTaken[taken] = true;
                outcomes[d] = isIgnored[taken] ? CocoOutcome.Ignored : CocoOutcome.Right;
            }
            else
            {
                outcomes[d] = IsOutside(found[d].Box.Area, area) ? CocoOutcome.Ignored : CocoOutcome.Wrong;
            }
        }
        return outcomes;
    }

    private static double Overlap(BoundingBox found, GroundTruthBox truth)
    {
        if (!truth.IsCrowd)
            return found.IntersectionOverUnion(truth.Box);
        var intersection = found.Intersection(truth.Box);
        return intersection == 0 ? 0 : intersection / found.Area;
    }

    private static bool IsOutside(double area, int range) => area < _areas[range].Low || area > _areas[range].High;
}
