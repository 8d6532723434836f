namespace Gloss.Evaluation;

/// <summary>The COCO measure of boxes, as pycocotools 2.0.11 computes it.</summary>
/// <remarks>
/// A category at a time: the detections of an image take, surest first, the free annotation that they overlap best;
/// annotations outside the area range and crowds come last and make their detection neither right nor wrong. The
/// detections of all images, ranked together, give a curve of precision over recall, made monotone and read at 101
/// points. Equal scores keep the order of the input within an image, and images go by rising id.
/// Overlap with a crowd is divided by the detection's own area. Measure: Lin et al., "Microsoft COCO", ECCV 2014, and
/// its evaluation page.
/// </remarks>
public static class CocoDetectionEvaluator
{
    private const int NumIous = CocoImageMatches.NumIous;
    private const int NumAreas = CocoImageMatches.NumAreas;
    private const int NumRecalls = 101;
    private const int MaxDetections = 100;

    // Keeps the first precision from being 0/0; it is the step of double at 1.
    private const double Spacing = 2.220446049250313e-16;

    private static readonly int[] _limits = [1, 10, MaxDetections];

    /// <summary>The twelve figures, AP by IoU, and the figures of each category.</summary>
    /// <param name="imageIds">All images that were looked at, also those without objects.</param>
    /// <param name="categoryIds">All categories, also those without objects.</param>
    /// <param name="groundTruth">The annotations.</param>
    /// <param name="detections">What was found; an image or category without any counts as missed.</param>
    /// <exception cref="ArgumentException">A box is of an image or category that is not listed.</exception>
    public static CocoDetectionResult Evaluate(
        IReadOnlyCollection<long> imageIds, IReadOnlyList<int> categoryIds, IReadOnlyList<GroundTruthBox> groundTruth,
        IReadOnlyList<DetectedBox> detections)
    {
        ArgumentNullException.ThrowIfNull(imageIds);
        ArgumentNullException.ThrowIfNull(categoryIds);
        ArgumentNullException.ThrowIfNull(groundTruth);
        ArgumentNullException.ThrowIfNull(detections);
        var images = imageIds.ToHashSet();
        var categories = categoryIds.ToHashSet();
        for (var i = 0; i < groundTruth.Count; i++)
            CheckKnown("annotation", i, groundTruth[i].ImageId, groundTruth[i].CategoryId, images, categories);
        for (var i = 0; i < detections.Count; i++)
        {
            CheckKnown("detection", i, detections[i].ImageId, detections[i].CategoryId, images, categories);
            if (double.IsNaN(detections[i].Score))
                throw new ArgumentException($"COCO measure: the score of detection {i} is NaN", nameof(detections));
        }
        var truthOf = groundTruth.ToLookup(box => (box.ImageId, box.CategoryId));
        var foundOf = detections.ToLookup(box => (box.ImageId, box.CategoryId));
        var imageOrder = images.Order().ToArray();
        var curves = categoryIds.Select(category => Curves.Of(category, imageOrder, truthOf, foundOf)).ToArray();
        return Summarise(categoryIds, curves);
    }

    private static void CheckKnown(
        string what, int index, long image, int category, HashSet<long> images, HashSet<int> categories)
    {
        if (!images.Contains(image))
        {
            throw new ArgumentException(
                $"COCO measure: {what} {index} is of image {image}, which is not among the {images.Count} listed; "
                + "hint: detections and annotations must be of the same split");
        }
        if (!categories.Contains(category))
        {
            throw new ArgumentException(
                $"COCO measure: {what} {index} is of category {category}, which is not among the {categories.Count} "
                + "listed; hint: give the ids of the annotation file, not positions in a list of names");
        }
    }

    private static CocoDetectionResult Summarise(IReadOnlyList<int> categoryIds, Curves[] curves)
    {
        double Ap(int area, int? iou = null) => Mean(curves.SelectMany(curve => curve.Precisions(area, iou)));
        double Ar(int area, int limit) => Mean(curves.SelectMany(curve => curve.Recalls(area, limit)));
        return new CocoDetectionResult
        {
            Ap = Ap(0),
            Ap50 = Ap(0, 0),
            Ap75 = Ap(0, 5),
            ApSmall = Ap(1),
            ApMedium = Ap(2),
            ApLarge = Ap(3),
            ArMax1 = Ar(0, 0),
            ArMax10 = Ar(0, 1),
            ArMax100 = Ar(0, 2),
            ArSmall = Ar(1, 2),
            ArMedium = Ar(2, 2),
            ArLarge = Ar(3, 2),
            ApByIou = [.. Enumerable.Range(0, NumIous).Select(iou => Ap(0, iou))],
            Categories =
            [
                .. curves.Select((curve, i) => new CocoCategoryResult(
                    categoryIds[i], Mean(curve.Precisions(0, null)), Mean(curve.Precisions(0, 0)),
                    Mean(curve.Precisions(0, 5)), Mean(curve.Recalls(0, 2)), curve.Annotations)),
            ],
        };
    }

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(-1).Average();

    /// <summary>Precision at the recall points, and recall, of one category.</summary>
    private sealed class Curves
    {
        // Null where the category has nothing to find in that area range.
        private readonly double[][]?[] _precisions = new double[NumAreas][][];
        private readonly double[][]?[] _recalls = new double[NumAreas][][];

        public int Annotations { get; private set; }

        public IEnumerable<double> Precisions(int area, int? iou) => _precisions[area] is not { } byIou ? []
            : iou is { } one ? byIou[one] : byIou.SelectMany(x => x);

        public double[] Recalls(int area, int limit) => _recalls[area]?[limit] ?? [];

        public static Curves Of(
            int category, long[] images, ILookup<(long, int), GroundTruthBox> truthOf,
            ILookup<(long, int), DetectedBox> foundOf)
        {
            var matches = new List<CocoImageMatches>();
            var curves = new Curves();
            foreach (var image in images)
            {
                var truth = truthOf[(image, category)].ToArray();
                // OrderByDescending is stable: equal scores keep the order of the input.
                var found = foundOf[(image, category)]
                    .OrderByDescending(box => box.Score).Take(MaxDetections).ToArray();
                curves.Annotations += truth.Length;
                if (truth.Length > 0 || found.Length > 0)
                    matches.Add(new CocoImageMatches(truth, found));
            }
            for (var area = 0; area < NumAreas; area++)
            {
                var toFind = matches.Sum(image => image.ToFind[area]);
                if (toFind == 0)
                    continue;
                curves._precisions[area] = new double[NumIous][];
                curves._recalls[area] = [.. _limits.Select(_ => new double[NumIous])];
                for (var limit = 0; limit < _limits.Length; limit++)
                {
                    var ranked = matches
                        .SelectMany(image => image.Scores.Take(_limits[limit]).Select((score, i) => (score, image, i)))
                        .OrderByDescending(x => x.score)
                        .ToArray();
                    for (var iou = 0; iou < NumIous; iou++)
                    {
                        var outcomes = Array.ConvertAll(ranked, x => x.image.Outcomes[area, iou][x.i]);
                        var (precision, recall) = Curve(outcomes, toFind);
                        curves._recalls[area]![limit][iou] = recall;
                        if (_limits[limit] == MaxDetections)
                            curves._precisions[area]![iou] = precision;
                    }
                }
            }
            return curves;
        }

        private static (double[] Precision, double Recall) Curve(CocoOutcome[] outcomes, int toFind)
        {
            var precision = new double[outcomes.Length];
            var recall = new double[outcomes.Length];
            var (right, wrong) = (0, 0);
            for (var i = 0; i < outcomes.Length; i++)
            {
                right += outcomes[i] == CocoOutcome.Right ? 1 : 0;
                wrong += outcomes[i] == CocoOutcome.Wrong ? 1 : 0;
                recall[i] = right / (double)toFind;
                precision[i] = right / (right + wrong + Spacing);
            }
            for (var i = outcomes.Length - 1; i > 0; i--)
                precision[i - 1] = Math.Max(precision[i - 1], precision[i]);
            var points = new double[NumRecalls];
            for (int point = 0, i = 0; point < NumRecalls; point++)
            {
                var wanted = point == NumRecalls - 1 ? 1 : point * 0.01;
                while (i < recall.Length && recall[i] < wanted)
                    i++;
                points[point] = i < recall.Length ? precision[i] : 0;
            }
            return (points, recall.Length == 0 ? 0 : recall[^1]);
        }
    }
}
