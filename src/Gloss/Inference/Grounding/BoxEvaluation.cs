using Gloss.Data.Grounding;
using Gloss.Evaluation;
using Gloss.Images;

namespace Gloss.Inference.Grounding;

/// <summary>Measures a grounding model on pictures with boxes.</summary>
public static class BoxEvaluation
{
    private const int MostRanked = 10;

    /// <summary>
    /// Phrases of captions against their boxes: every caption is asked as it stands, and its phrases' boxes are ranked.
    /// Overlaps are taken in fractions of the picture.
    /// </summary>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static IReadOnlyList<PhraseGrounding> Phrases(Grounder grounder, IReadOnlyList<GroundingImage> images,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grounder);
        ArgumentNullException.ThrowIfNull(images);
        var decoder = new ImageDecoder();
        var results = new List<PhraseGrounding>();
        for (var i = 0; i < images.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            GroundingCaption[] captions = [.. images[i].Captions.Where(c => c.Phrases.Count > 0)];
            if (captions.Length > 0)
            {
                var picture = decoder.Decode(images[i].Path);
                var found = grounder.FindPhrases(picture, [.. captions.Select(c =>
                    (c.Text, (IReadOnlyList<(int, int)>)[.. c.Phrases.Select(p => (p.Start, p.End))]))], MostRanked);
                for (var c = 0; c < captions.Length; c++)
                {
                    results.AddRange(captions[c].Phrases.Select((phrase, p) => new PhraseGrounding(phrase.Types,
                        [.. phrase.Boxes.Select(b => new BoundingBox(b.Left, b.Top, b.Width, b.Height))],
                        [.. found[c][p]
                            .Select(b => new BoundingBox(b.Box.X / picture.Width, b.Box.Y / picture.Height,
                            b.Box.Width / picture.Width, b.Box.Height / picture.Height))])));
                }
            }
            progress?.Report(i + 1);
        }
        return results;
    }

    /// <summary>
    /// Objects by their categories' names against their boxes: the COCO measure in pixels. The grounder should give
    /// boxes down to a score of 0 and suppress none: so the published figures are made, by the 300 surest pairs of box
    /// and category. Of a COCO file all annotations count as they stand.
    /// </summary>
    /// <param name="grounder">What finds them.</param>
    /// <param name="images">Pictures of detection data.</param>
    /// <param name="categories">The names of all categories.</param>
    /// <param name="found">
    /// Takes what was found: a picture by its number in a COCO file, else by its place in <paramref name="images"/>, a
    /// category by its place in <paramref name="categories"/>.
    /// </param>
    /// <param name="progress">Takes the number of pictures done.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static CocoDetectionResult Detection(Grounder grounder, IReadOnlyList<GroundingImage> images,
        IReadOnlyList<string> categories, ICollection<DetectedBox>? found = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grounder);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(categories);
        var decoder = new ImageDecoder();
        var tags = grounder.Tags(categories);
        var numbers = Numbers(categories);
        int[] categoryOf = [.. tags.Names.Select(name => numbers[name])];
        var truth = new List<GroundTruthBox>();
        var detections = new List<DetectedBox>();
        for (var i = 0; i < images.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var picture = decoder.Decode(images[i].Path);
            var id = images[i].Id ?? i;
            truth.AddRange(images[i].Annotations is { } annotations ? Annotated(annotations, id, numbers)
                : (images[i].Objects ?? []).Select(o => new GroundTruthBox(id, numbers[o.Category], new BoundingBox(
                    o.Box.Left * (double)picture.Width, o.Box.Top * (double)picture.Height,
                    o.Box.Width * (double)picture.Width, o.Box.Height * (double)picture.Height))));
            detections.AddRange(grounder.Find(picture, tags, cancellationToken)
                .Select(b => new DetectedBox(id, categoryOf[b.Tag], b.Box, b.Score)));
            progress?.Report(i + 1);
        }
        foreach (var detection in detections)
            found?.Add(detection);
        return Evaluate(images, categories, truth, detections);
    }

    /// <summary>
    /// What any program found in the pictures of a COCO file, as pycocotools measures it.
    /// </summary>
    /// <param name="images">The pictures, with their annotations.</param>
    /// <param name="categories">The names of all categories.</param>
    /// <param name="detections">A picture by its number in the file, a category by its place in the list.</param>
    /// <exception cref="ArgumentException">The pictures are not of a COCO file, or a detection is of another
    /// picture.</exception>
    public static CocoDetectionResult Detection(IReadOnlyList<GroundingImage> images, IReadOnlyList<string> categories,
        IReadOnlyList<DetectedBox> detections)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(categories);
        ArgumentNullException.ThrowIfNull(detections);
        var numbers = Numbers(categories);
        var truth = images.Select((image, i) => image.Annotations is { } annotations
            ? Annotated(annotations, image.Id ?? i, numbers)
            : throw new ArgumentException($"{image.Path} is not of a COCO file", nameof(images)))
                .SelectMany(a => a).ToList();
        return Evaluate(images, categories, truth, detections);
    }

    private static CocoDetectionResult Evaluate(IReadOnlyList<GroundingImage> images, IReadOnlyList<string> categories,
        List<GroundTruthBox> truth, IReadOnlyList<DetectedBox> detections) => CocoDetectionEvaluator.Evaluate(
            [.. images.Select((image, i) => image.Id ?? i)], [.. Enumerable.Range(0, categories.Count)], truth,
            detections);

    private static IEnumerable<GroundTruthBox> Annotated(IEnumerable<CocoAnnotation> annotations, long id,
        Dictionary<string, int> numbers) => annotations.Select(a => new GroundTruthBox(id, numbers[a.Category],
            new BoundingBox(a.Left, a.Top, a.Width, a.Height), a.IsCrowd, a.Area));

    private static Dictionary<string, int> Numbers(IReadOnlyList<string> categories) =>
        categories.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
}
