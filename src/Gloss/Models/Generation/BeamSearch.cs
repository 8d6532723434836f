using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Models.Generation;

/// <summary>
/// Beam search as transformers 4.25 does it for the published captioners. A text that ends is kept without its end
/// token: its score has that token's log-probability, its length does not. Repetition penalty and minimum length act on
/// log-probabilities, with one beam on raw logits.
/// </summary>
public static class BeamSearch
{
    private const float Unreachable = -1e9f;

    /// <summary>
    /// Generates one text for each row of <paramref name="context"/> (B, T, encoder width): the tokens, prompt
    /// included, without the end token, and their score.
    /// </summary>
    public static (int[] Tokens, double Score)[] Run(BertLanguageModel model, Tensor context, PromptTokens prompt,
        GenerationOptions options)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        var pictures = (int)context.Size(0);
        var beams = options.Beams;
        var vocabulary = (int)model.Bert.Config.VocabularySize;
        using var cache = new DecoderCache(model.Bert, context);

        var texts = Enumerable.Range(0, pictures * beams).Select(_ => prompt.Prompt.ToArray()).ToArray();
        var sums = Enumerable.Range(0, pictures * beams).Select(i => i % beams == 0 ? 0f : Unreachable).ToArray();
        var finished = Enumerable.Range(0, pictures).Select(_ => new BeamHypotheses(beams, options.LengthPenalty))
            .ToArray();
        var isDone = new bool[pictures];
        var next = texts;

        for (var length = prompt.Prompt.Count; length < options.MaxLength; length++)
        {
            var (candidateScores, candidates) = Candidates(model, cache, context.Device, next, texts, sums, length,
                prompt, options);
            var rows = new long[texts.Length];
            var chosen = new int[texts.Length];
            for (var picture = 0; picture < pictures; picture++)
            {
                if (isDone[picture])
                {
                    Fill(picture);
                    continue;
                }
                var kept = 0;
                for (var rank = 0; rank < 2 * beams && kept < beams; rank++)
                {
                    var index = picture * 2 * beams + rank;
                    var row = picture * beams + (int)(candidates[index] / vocabulary);
                    var token = (int)(candidates[index] % vocabulary);
                    if (token != prompt.End)
                    {
                        var slot = picture * beams + kept++;
                        (rows[slot], chosen[slot], sums[slot]) = (row, token, candidateScores[index]);
                    }
                    else if (rank < beams)
                    {
                        finished[picture].Add(texts[row], candidateScores[index]);
                    }
                }
                isDone[picture] = finished[picture].IsDone(candidateScores[picture * 2 * beams], length);
            }
            texts = rows.Select((row, i) => (int[])[.. texts[row], chosen[i]]).ToArray();
            if (isDone.All(done => done))
                break;
            using var order = Tensor.FromData(rows, rows.Length);
            using var placed = order.To(context.Device);
            cache.Reorder(placed);
            next = chosen.Select(token => new[] { token }).ToArray();

            void Fill(int picture)
            {
                for (var slot = picture * beams; slot < (picture + 1) * beams; slot++)
                    (rows[slot], chosen[slot], sums[slot]) = (picture * beams, prompt.Padding, 0);
            }
        }

        for (var row = 0; row < texts.Length; row++)
        {
            if (!isDone[row / beams])
                finished[row / beams].Add(texts[row], sums[row]);
        }
        return finished.Select(f => f.Best()).Select(b => (b.Tokens, b.Score)).ToArray();
    }

    // The 2 · beams best continuations of each picture: their sums, and beam · vocabulary + token.
    private static (float[] Scores, long[] Indices) Candidates(BertLanguageModel model, DecoderCache cache,
        Device device,
        int[][] next, int[][] texts, float[] sums, int length, PromptTokens prompt, GenerationOptions options)
    {
        using var scope = TensorScope.Begin();
        var ids = Tensor.FromData(next.SelectMany(t => t).Select(t => (long)t).ToArray(), next.Length, next[0].Length);
        var hidden = model.Bert.DecodeNext(ids.To(device), cache);
        var logits = model.Logits(hidden.Select(1, hidden.Size(1) - 1)); // (B · beams, V)
        // The published greedy search, unlike the beam search, applies the rules to raw logits.
        var isGreedy = options.Beams == 1;
        logits = logits.To(ScalarType.Float32);
        var scores = (isGreedy ? logits : logits.LogSoftmax(-1)).To(Device.Cpu).Contiguous();
        var V = scores.Size(1);
        var data = scores.Data<float>();
        for (var row = 0; row < texts.Length; row++)
        {
            var line = data.Slice((int)(row * V), (int)V);
            TokenRules.PenaliseRepetition(line, texts[row], options.RepetitionPenalty);
            TokenRules.RequireLength(line, length, options.MinLength, prompt.End);
        }
        var total = (isGreedy ? scores.LogSoftmax(-1) : scores) + Tensor.FromData(sums, sums.Length, 1);
        var (values, indices) = total.Reshape(-1, options.Beams * V).TopK(2 * options.Beams); // (B, 2 · beams)
        return (values.ToArray<float>(), indices.ToArray<long>());
    }
}
