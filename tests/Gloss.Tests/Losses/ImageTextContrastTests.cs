using Gloss.Losses;
using Gloss.Torch;

namespace Gloss.Tests.Losses;

public sealed class ImageTextContrastTests
{
    private const int Pairs = 3;
    private const int Candidates = 5;
    private const int Width = 4;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.4)]
    public void Compute_AnySoftness_IsTheWrittenOutSum(double softness)
    {
        Engine.Seed(5);
        using var scope = TensorScope.Begin();
        var (images, texts) = (Tensors.RandomNormal([Pairs, Width]).Normalize(),
            Tensors.RandomNormal([Pairs, Width]).Normalize());
        var (imageCandidates, textCandidates) = (Tensors.RandomNormal([Candidates, Width]).Normalize(),
            Tensors.RandomNormal([Candidates, Width]).Normalize());
        // The first pair's picture is in the queue once more.
        float[] own = [1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0];

        var loss = ImageTextContrast.Compute(images, texts, imageCandidates, textCandidates,
            Tensor.FromData(own, Pairs, Candidates),
            Tensor.FromData([0.2f]), softness).ToDouble();

        var expected = (Direction(images, textCandidates, imageCandidates)
            + Direction(texts, imageCandidates, textCandidates)) / 2;
        Assert.Equal(expected, loss, 1e-5);

        double Direction(Tensor queries, Tensor candidates, Tensor teachers)
        {
            var (q, c, t) = (queries.ToArray<float>(), candidates.ToArray<float>(), teachers.ToArray<float>());
            double Dot(float[] a, int i, float[] b, int j) =>
                Enumerable.Range(0, Width).Sum(k => (double)a[i * Width + k] * b[j * Width + k]) / 0.2;
            var sum = 0.0;
            for (var i = 0; i < Pairs; i++)
            {
                var logits = Enumerable.Range(0, Candidates).Select(j => Dot(q, i, c, j)).ToArray();
                var teacher = Enumerable.Range(0, Candidates).Select(j => Math.Exp(Dot(t, i, c, j))).ToArray();
                var normaliser = Math.Log(logits.Sum(Math.Exp));
                for (var j = 0; j < Candidates; j++)
                {
                    var hard = own[i * Candidates + j] / own.Skip(i * Candidates).Take(Candidates).Sum();
                    var target = softness * teacher[j] / teacher.Sum() + (1 - softness) * hard;
                    sum -= target * (logits[j] - normaliser);
                }
            }
            return sum / Pairs;
        }
    }

    [Fact]
    public void Compute_PairsAlike_IsBelowPairsUnlike()
    {
        using var scope = TensorScope.Begin();
        var embedded = Tensors.Identity(Pairs);
        double Loss(Tensor texts) => ImageTextContrast.Compute(embedded, texts, embedded, texts,
            Tensors.Identity(Pairs), Tensor.FromData([0.1f]), 0).ToDouble();

        Assert.InRange(Loss(embedded), 0, 0.01);
        Assert.InRange(Loss(embedded.Roll([1], [0])), 5, 20);
    }
}
