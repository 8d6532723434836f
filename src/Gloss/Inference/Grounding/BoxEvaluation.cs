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
    public static IReadOnlyList<PhraseGrounding> Phrases(Grounder grounder, IReadOnlyList<GroundingImage> images, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
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
                        [.. found[c][p].Select(b => new BoundingBox(b.Box.X / picture.Width, b.Box.Y / picture.Height, b.Box.Width / picture.Width, b.Box.Height / picture.Height))])));
                }
            }
            progress?.Report(i + 1);
        }
        return results;
    }

    /// <summary>
    /// Objects by their categories' names against their boxes: the COCO measure in pixels. The grounder should give boxes down
    /// to a score of 0 and suppress none: so the published figures are made, by the 300 surest pairs of box and category.
    /// </summary>
    public static CocoDetectionResult Detection(Grounder grounder, IReadOnlyList<GroundingImage> images, IReadOnlyList<string> categories,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grounder);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(categories);
        var decoder = new ImageDecoder();
        var tags = grounder.Tags(categories);
        var numbers = categories.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        int[] categoryOf = [.. tags.Names.Select(name => numbers[name])];
        var truth = new List<GroundTruthBox>();
        var detections = new List<DetectedBox>();
        for (var i = 0; i < images.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var picture = decoder.Decode(images[i].Path);
            truth.AddRange((images[i].Objects ?? []).Select(o => new GroundTruthBox(i, numbers[o.Category],
                new BoundingBox(o.Box.Left * (double)picture.Width, o.Box.Top * (double)picture.Height, o.Box.Width * (double)picture.Width, o.Box.Height * (double)picture.Height))));
            detections.AddRange(grounder.Find(picture, tags).Select(b => new DetectedBox(i, categoryOf[b.Tag], b.Box, b.Score)));
            progress?.Report(i + 1);
        }
        return CocoDetectionEvaluator.Evaluate([.. Enumerable.Range(0, images.Count).Select(i => (long)i)], [.. Enumerable.Range(0, categories.Count)], truth, detections);
    }
}
