using Gloss.Models.Parsing;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>Parses with a network by the engine, for measuring and for labelling.</summary>
internal static class NetworkParser
{
    private const int GroupWords = 1500;

    /// <summary>Tags and trees of sentences, in their order; the model must be in evaluation mode.</summary>
    public static NetworkParse[] Parse(ParserNetwork model, ParserLabels labels,
        IReadOnlyList<IReadOnlyList<string>> sentences,
        CancellationToken cancellationToken)
    {
        using var inference = GradientMode.Inference();
        var result = new NetworkParse[sentences.Count];
        var order = Enumerable.Range(0, sentences.Count).OrderBy(i => sentences[i].Count).ToArray();
        for (var start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = start + 1;
            while (end < order.Length && sentences[order[end]].Count == sentences[order[start]].Count
                && (end + 1 - start) * sentences[order[end]].Count <= GroupWords)
                end++;
            ParseGroup(model, labels, sentences, order[start..end], result);
            start = end;
        }
        return result;
    }

    private static void ParseGroup(ParserNetwork model, ParserLabels labels,
        IReadOnlyList<IReadOnlyList<string>> sentences,
        int[] group, NetworkParse[] result)
    {
        using var scope = TensorScope.Begin();
        var input = ParserTensors.Input([.. group.Select(i => (
            sentences[i].Select(labels.PiecesOf).ToArray(),
            sentences[i].Select((word, at) => WordShape.Of(word, at == 0)).ToArray(),
            sentences[i].SelectMany(ParserLabels.EndingsOf).ToArray()))],
            labels.Tokenizer.ClsId, labels.Tokenizer.SepId);
        var encoded = model.Encode(input);
        var W = (int)input.WordMask.Size(1);
        var tags = model.TagLogits(encoded).ArgMax(-1).ToArray<long>();
        var arcLogits = model.ArcLogits(encoded, input);
        var arcs = arcLogits.ToArray<float>();
        var certainties = arcLogits.Softmax(-1).Max([-1]).ToArray<float>();
        var heads = new int[group.Length][];
        for (var b = 0; b < group.Length; b++)
        {
            var count = sentences[group[b]].Count;
            var scores = new float[count * (count + 1)];
            for (var i = 0; i < count; i++)
                arcs.AsSpan(((b * W) + i) * (W + 1), count + 1).CopyTo(scores.AsSpan(i * (count + 1)));
            heads[b] = new int[count];
            TreeDecoder.Decode(scores, count, heads[b]);
        }
        var relations = model.RelationLogits(encoded,
            ParserTensors.Targets([.. heads.Select(h => h.Select(x => x + 1).ToArray())], 0))
            .ArgMax(-1).ToArray<long>();
        for (var b = 0; b < group.Length; b++)
        {
            var count = sentences[group[b]].Count;
            result[group[b]] = new NetworkParse(
                [.. Enumerable.Range(0, count).Select(i => labels.Tags[(int)tags[(b * W) + i]])], heads[b],
                [.. Enumerable.Range(0, count).Select(i => heads[b][i] < 0
                    ? "root" : labels.Relations[(int)relations[(b * W) + i]])],
                count == 0 ? 1 : Enumerable.Range(0, count).Min(i => certainties[(b * W) + i]));
        }
    }
}
