using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Text.Mining;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Measures retrieval on pictures with captions, both ways: by the similarity of embeddings, with the agreement of
/// tags, and with the best candidates ranked anew by matching (Tag2Text, section 3.2; the protocol is BLIP's).
/// </summary>
public static class RetrievalEvaluation
{
    private const float Least = 1e-4f;

    // What was not ranked anew stands below all that was, in its own order.
    private const float NotRanked = 100;

    /// <summary>Runs a model over pictures and their captions.</summary>
    /// <param name="recognizer">Encodes pictures and recognises tags.</param>
    /// <param name="predictor">The recognizer's model, with an alignment branch.</param>
    /// <param name="images">Pictures and their captions.</param>
    /// <param name="options">The ways of ranking.</param>
    /// <param name="progress">Told the number of pictures done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public static RetrievalReport Run(ImageRecognizer recognizer, RecognitionPredictor predictor,
        IReadOnlyList<CaptionedImage> images,
        RetrievalOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recognizer);
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new RetrievalOptions();
        var aligner = new TextAligner(predictor);
        if (!aligner.HasMatching)
            options = options with { Reranked = 0 };
        string[] texts = [.. images.SelectMany(image => image.Captions)];
        int[] owners = [.. images.SelectMany((image, i) => image.Captions.Select(_ => i))];
        var embeddedTexts = aligner.EmbedTexts(texts);
        var embedded = new float[images.Count * aligner.Width];
        var probabilities = new float[images.Count * predictor.Vocabulary.Count];
        var contexts = new List<Tensor>();
        using var kept = TensorScope.Begin();
        var done = 0;
        foreach (var batch in recognizer.ReadBatches(images.Select(image => new ImageFile(image.ImagePath)),
            cancellationToken))
        {
            if (batch.Items.FirstOrDefault(item => item.Item.Error is not null) is { Item.Error: { } error })
                throw error;
            using var scope = TensorScope.Begin();
            var tokens = recognizer.Encode(batch);
            aligner.EmbedPictures(tokens).CopyTo(embedded, done * aligner.Width);
            var scores = recognizer.TagProbabilities(tokens);
            scores.CopyTo(probabilities, done * predictor.Vocabulary.Count);
            if (options.Reranked > 0)
                contexts.AddRange(Contexts(aligner, predictor, tokens, scores, batch.Images.Count)
                    .Select(scope.Return));
            progress?.Report(done += batch.Images.Count);
        }

        var similarities = Products(embedded, embeddedTexts, aligner.Width);
        var agreement = Agreement(predictor, texts, probabilities, images.Count);
        var ways = new List<RetrievalWay> { Way("embeddings", similarities) };
        foreach (var weight in options.TagWeights)
            ways.Add(Way(FormattableString.Invariant($"embeddings + {weight} tags"),
                Sum(similarities, agreement, weight)));
        if (options.Reranked > 0)
        {
            var sum = Sum(similarities, agreement, options.TagWeights.Count > 0 ? options.TagWeights[0] : 0);
            var (chosen, matched) = Rerank(aligner, contexts, texts, sum, options.Reranked, cancellationToken);
            foreach (var weight in options.MatchWeights)
            {
                var all = Sum(sum, matched, weight);
                var found = new RetrievalResult(RetrievalMetrics.Compute(Ranked(sum, all, chosen.OfPictures),
                    owners).ImageToText,
                    RetrievalMetrics.Compute(Ranked(sum, all, chosen.OfTexts), owners).TextToImage);
                ways.Add(RetrievalWay.Of(FormattableString.Invariant($"… + {weight} matching of {options.Reranked}"),
                    found));
            }
        }
        return new RetrievalReport(images.Count, texts.Length, ways);

        RetrievalWay Way(string name, float[] scores) =>
            RetrievalWay.Of(name, RetrievalMetrics.Compute(scores, owners));
    }

    private static IEnumerable<Tensor> Contexts(TextAligner aligner, RecognitionPredictor predictor, Tensor tokens,
        float[] scores, int pictures)
    {
        var tags = predictor.Vocabulary.Count;
        using var scope = TensorScope.Begin();
        var guides = Enumerable.Range(0, pictures).Select(i => predictor.GuidingTags(scores.AsSpan(i * tags, tags)))
            .ToArray();
        var all = aligner.Context(tokens, guides);
        return [.. Enumerable.Range(0, pictures).Select(i => scope.Return(all.Narrow(0, i, 1).Clone()))];
    }

    // (I, T): dot products of rows.
    private static float[] Products(float[] pictures, float[] texts, int width)
    {
        using var scope = TensorScope.Begin();
        return Tensor.FromData(pictures, pictures.Length / width, width)
            .MatMul(Tensor.FromData(texts, texts.Length / width, width).Transpose(0, 1)).ToArray<float>();
    }

    // (I, T): mean log-odds in the picture of the tags that the text names; 0 where it names none.
    private static float[] Agreement(RecognitionPredictor predictor, string[] texts, float[] probabilities,
        int pictures)
    {
        var tags = predictor.Vocabulary.Count;
        var miner = new TagMiner(predictor.Vocabulary);
        int[][] named = [.. texts.AsParallel().AsOrdered().Select(text => miner.MineIds(text).ToArray())];
        var odds = Array.ConvertAll(probabilities,
            p => MathF.Log(Math.Clamp(p, Least, 1 - Least) / (1 - Math.Clamp(p, Least, 1 - Least))));
        var result = new float[pictures * texts.Length];
        Parallel.For(0, pictures, i =>
        {
            for (var t = 0; t < texts.Length; t++)
                result[i * texts.Length + t] = named[t].Length == 0 ? 0 : named[t].Average(id => odds[i * tags + id]);
        });
        return result;
    }

    /// <summary>
    /// What a query's candidates are ordered by: the chosen by their new scores, all others below them by the old.
    /// </summary>
    internal static float[] Ranked(float[] old, float[] anew, bool[] isChosen) =>
        [.. old.Select((score, i) => isChosen[i] ? anew[i] : score - NotRanked)];

    private static float[] Sum(float[] scores, float[] others, double weight) =>
        [.. scores.Select((score, i) => score + (float)weight * others[i])];

    // Which pairs matching ranks for a text's pictures and for a picture's texts, and what it says of them.
    private static (Pairs Chosen, float[] Matched) Rerank(TextAligner aligner, List<Tensor> contexts, string[] texts,
        float[] scores, int count,
        CancellationToken cancellationToken)
    {
        var (I, T) = (contexts.Count, texts.Length);
        var chosen = new Pairs(new bool[scores.Length], new bool[scores.Length]);
        for (var i = 0; i < I; i++)
        {
            foreach (var t in Enumerable.Range(0, T).OrderByDescending(t => scores[i * T + t]).Take(count))
                chosen.OfPictures[i * T + t] = true;
        }
        for (var t = 0; t < T; t++)
        {
            foreach (var i in Enumerable.Range(0, I).OrderByDescending(i => scores[i * T + t]).Take(count))
                chosen.OfTexts[i * T + t] = true;
        }
        var matched = new float[scores.Length];
        for (var i = 0; i < I; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] asked =
                [.. Enumerable.Range(0, T).Where(t => chosen.OfPictures[i * T + t] || chosen.OfTexts[i * T + t])];
            var odds = aligner.Match(contexts[i], [.. asked.Select(t => texts[t])]);
            for (var a = 0; a < asked.Length; a++)
                matched[i * T + asked[a]] = odds[a];
        }
        return (chosen, matched);
    }

    private sealed record Pairs(bool[] OfPictures, bool[] OfTexts);
}
