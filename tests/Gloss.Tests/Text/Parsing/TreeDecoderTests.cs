using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class TreeDecoderTests
{
    [Fact]
    public void Decode_RandomScores_FindsTheBestTreeUnderItsRoot()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 300; trial++)
        {
            var count = random.Next(1, 6);
            var scores = Enumerable.Range(0, count * (count + 1)).Select(_ => (float)random.NextDouble()).ToArray();
            var heads = new int[count];
            TreeDecoder.Decode([.. scores], count, heads);
            Assert.True(TreeDecoder.IsTree(heads));
            var root = Array.IndexOf(heads, -1);
            var best = Trees(count).Where(t => t[root] < 0).Max(t => Score(t, scores));
            Assert.Equal(best, Score(heads, scores), 1e-5);
        }
    }

    private static double Score(int[] heads, float[] scores) =>
        heads.Select((head, i) => (double)scores[(i * (heads.Length + 1)) + head + 1]).Sum();

    private static IEnumerable<int[]> Trees(int count)
    {
        for (var code = 0; code < Math.Pow(count + 1, count); code++)
        {
            var heads = new int[count];
            for (var (i, rest) = (0, code); i < count; i++, rest /= count + 1)
                heads[i] = (rest % (count + 1)) - 1;
            if (TreeDecoder.IsTree(heads))
                yield return heads;
        }
    }
}
