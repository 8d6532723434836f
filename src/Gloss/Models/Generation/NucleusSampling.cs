using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Models.Generation;

/// <summary>
/// Sampling as the published captioner does it: repetition penalty and minimum length on raw logits, then the
/// <see cref="GenerationOptions.TopK"/> best, then the nucleus.
/// </summary>
public static class NucleusSampling
{
    /// <summary>
    /// Draws one text for each row of <paramref name="context"/> (B, T, encoder width): tokens, prompt included,
    /// without the end token. Equal seeds give equal texts.
    /// </summary>
    public static int[][] Run(BertLanguageModel model, Tensor context, PromptTokens prompt,
        GenerationOptions options, int seed)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        var random = new Random(seed);
        var texts = Enumerable.Range(0, (int)context.Size(0)).Select(_ => prompt.Prompt.ToList()).ToArray();
        var isDone = new bool[texts.Length];
        using var cache = new DecoderCache(model.Bert, context);
        var next = texts.Select(t => t.ToArray()).ToArray();
        for (var length = prompt.Prompt.Count; length < options.MaxLength && !isDone.All(done => done); length++)
        {
            using var step = TensorScope.Begin();
            var ids = Tensor.FromData(next.SelectMany(t => t).Select(t => (long)t).ToArray(), next.Length,
                next[0].Length);
            var hidden = model.Bert.DecodeNext(ids.To(context.Device), cache);
            var logits = model.Logits(hidden.Select(1, hidden.Size(1) - 1)).To(ScalarType.Float32);
            var V = (int)logits.Size(1);
            var data = logits.ToArray<float>();
            next = new int[texts.Length][];
            for (var row = 0; row < texts.Length; row++)
            {
                var scores = data.AsSpan(row * V, V);
                Restrict(scores, texts[row].ToArray(), prompt.End, options);
                var token = Draw(TokenRules.Softmax(scores), random.NextDouble());
                next[row] = [isDone[row] ? prompt.Padding : token];
                isDone[row] |= token == prompt.End;
                if (!isDone[row])
                    texts[row].Add(token);
            }
        }
        return texts.Select(t => t.ToArray()).ToArray();
    }

    /// <summary>Applies all rules to raw logits (V): what may not be drawn becomes −∞.</summary>
    internal static void Restrict(Span<float> logits, ReadOnlySpan<int> text, int end, GenerationOptions options)
    {
        TokenRules.PenaliseRepetition(logits, text, options.SamplingRepetitionPenalty);
        TokenRules.RequireLength(logits, text.Length, options.MinLength, end);
        TokenRules.KeepTopK(logits, options.TopK);
        TokenRules.KeepTopP(logits, options.TopP);
    }

    private static int Draw(double[] probabilities, double point)
    {
        var last = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] == 0)
                continue;
            last = i;
            point -= probabilities[i];
            if (point < 0)
                return i;
        }
        return last;
    }
}
