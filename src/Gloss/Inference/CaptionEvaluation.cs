using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Text.Mining;

namespace Gloss.Inference;

/// <summary>Measures captions against references, and how they follow the tags that guide them.</summary>
public static class CaptionEvaluation
{
    /// <summary>
    /// Captions pictures, once for each guiding threshold, and scores the captions against the references.
    /// </summary>
    /// <param name="recognizer">Captions as its options say, but for the guiding threshold.</param>
    /// <param name="predictor">The recognizer's model.</param>
    /// <param name="images">Pictures and their captions.</param>
    /// <param name="guideThresholds">Probabilities above which a tag guides the caption; null: as the model's config
    /// says.</param>
    /// <param name="progress">Told the number of pictures done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>One report for each threshold.</returns>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static IReadOnlyList<CaptionReport> Run(ImageRecognizer recognizer, RecognitionPredictor predictor,
        IReadOnlyList<CaptionedImage> images, IReadOnlyList<float?> guideThresholds, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(guideThresholds);
        var captions = guideThresholds.Select(_ => new List<GuidedCaption>()).ToArray();
        foreach (var (first, batch) in Batches(recognizer, images, cancellationToken))
        {
            using var tokens = recognizer.Encode(batch);
            var probabilities = recognizer.TagProbabilities(tokens);
            for (var t = 0; t < guideThresholds.Count; t++)
            {
                var guides = Guides(predictor, probabilities, batch.Images.Count, guideThresholds[t]);
                var texts = recognizer.Captions(tokens, guides);
                captions[t]
                    .AddRange(texts.Select((text, i) => new GuidedCaption(images[first + i].Name, guides[i], text)));
            }
            progress?.Report(first + batch.Images.Count);
        }
        var references = images.Select(image => image.Captions).ToArray();
        return [.. captions.Select((list, t) => Measure(list, references, guideThresholds[t]))];
    }

    /// <summary>Scores captions of another program (<see cref="CaptionResults"/>) against the pictures' own.</summary>
    public static CaptionReport Score(IReadOnlyList<(CaptionedImage Image, string Caption)> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return Measure([.. results.Select(r => new GuidedCaption(r.Image.Name, [], r.Caption))],
            [.. results.Select(r => r.Image.Captions)], null);
    }

    /// <summary>Measures how captions follow one requested tag a picture.</summary>
    /// <param name="recognizer">Captions as its options say.</param>
    /// <param name="predictor">The recognizer's model.</param>
    /// <param name="images">Pictures and their captions; taken in order until enough have a tag to ask for.</param>
    /// <param name="count">Pictures that are counted at most.</param>
    /// <param name="seed">Draws the tag where several could be asked for.</param>
    /// <param name="progress">Told the number of pictures counted.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static SteeringReport Steer(ImageRecognizer recognizer, RecognitionPredictor predictor,
        IReadOnlyList<CaptionedImage> images,
        int count = 200, int seed = 0, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(images);
        var miner = new TagMiner(predictor.Vocabulary);
        var labels = TaggingEvaluation.Mine(predictor, images);
        var random = new Random(seed);
        var examples = new List<SteeringExample>();
        foreach (var (first, batch) in Batches(recognizer, images, cancellationToken))
        {
            using var tokens = recognizer.Encode(batch);
            var pictures = batch.Images.Count;
            var unguided = recognizer.Captions(tokens, [.. Enumerable.Repeat(Array.Empty<string>(), pictures)]);
            var requests = new string?[pictures];
            for (var i = 0; i < pictures; i++)
            {
                var open = labels[first + i].Except(miner.MineIds(unguided[i])).ToArray();
                requests[i] = open.Length == 0 ? null : predictor.Vocabulary[open[random.Next(open.Length)]].Name;
            }
            var recognised = Guides(predictor, recognizer.TagProbabilities(tokens), pictures, null);
            var notAsked = recognizer.Captions(tokens, recognised);
            var asked = recognizer.Captions(tokens,
                [.. requests.Select(tag => tag is null ? Array.Empty<string>() : [tag])]);
            var besides = recognizer.Captions(tokens,
                [.. requests.Select((tag, i) => tag is null ? [] : recognised[i].Append(tag).Distinct().ToArray())]);
            for (var i = 0; i < pictures && examples.Count < count; i++)
            {
                if (requests[i] is { } tag)
                    examples.Add(new SteeringExample(images[first + i].Name, tag, unguided[i], notAsked[i], asked[i],
                        besides[i]));
            }
            progress?.Report(examples.Count);
            if (examples.Count == count)
                break;
        }
        bool Names(string caption, string tag) => miner.Mine(caption).Any(mined => mined.Name == tag);
        return new SteeringReport(examples.Count, examples.Count(e => Names(e.NotAsked, e.Tag)),
            examples.Count(e => Names(e.Asked, e.Tag)),
            examples.Count(e => Names(e.AskedBesides, e.Tag)), examples);
    }

    private static IEnumerable<(int First, PictureBatch Batch)> Batches(ImageRecognizer recognizer,
        IReadOnlyList<CaptionedImage> images,
        CancellationToken cancellationToken)
    {
        var first = 0;
        foreach (var batch in recognizer.ReadBatches(images.Select(image => new ImageFile(image.ImagePath)),
            cancellationToken))
        {
            if (batch.Items.FirstOrDefault(item => item.Item.Error is not null) is { Item.Error: { } error })
                throw error;
            yield return (first, batch);
            first += batch.Images.Count;
        }
    }

    private static IReadOnlyList<string>[] Guides(RecognitionPredictor predictor, float[] probabilities, int pictures,
        float? threshold) =>
        [.. Enumerable.Range(0, pictures).Select(i => predictor.GuidingTags(
            probabilities.AsSpan(i * predictor.Vocabulary.Count, predictor.Vocabulary.Count), threshold))];

    private static CaptionReport Measure(List<GuidedCaption> captions, IReadOnlyList<string>[] references,
        float? threshold)
    {
        var scores = CaptionMetrics.Compute([.. captions.Select(c => c.Caption)], references);
        return new CaptionReport(captions.Count, threshold, captions.Average(c => c.Tags.Count), scores.Bleu1.Corpus,
            scores.Bleu2.Corpus,
            scores.Bleu3.Corpus, scores.Bleu4.Corpus, scores.RougeL.Corpus, scores.CiderD.Corpus,
            captions.Average(c => c.Caption.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length), captions);
    }
}
