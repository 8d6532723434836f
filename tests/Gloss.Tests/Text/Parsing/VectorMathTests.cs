using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class VectorMathTests
{
    [Theory]
    [InlineData(1, 4, 96)]
    [InlineData(5, 11, 160)]
    [InlineData(4, 3, 32)]
    [InlineData(3, 6, 20)]
    public void Products_TwoTables_AreSumsOfProductsWhateverStandsBeside(int aCount, int bCount, int width)
    {
        var random = new Random(7);
        var (aStride, bStride) = (width + 5, width + 3);
        var a = Enumerable.Range(0, (aCount - 1) * aStride + width)
            .Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var b = Enumerable.Range(0, (bCount - 1) * bStride + width)
            .Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var results = new float[aCount * bCount];
        VectorMath.Products(a, aStride, aCount, width, b, bStride, results, bCount);
        for (var i = 0; i < aCount; i++)
        {
            for (var j = 0; j < bCount; j++)
            {
                var expected = Enumerable.Range(0, width).Sum(k => (double)a[(i * aStride) + k] * b[(j * bStride) + k]);
                Assert.Equal(expected, results[(i * bCount) + j], 1e-5);
            }
            var alone = new float[bCount];
            VectorMath.Products(a.AsSpan(i * aStride), aStride, 1, width, b, bStride, alone, bCount);
            Assert.Equal(alone, results[(i * bCount)..((i + 1) * bCount)]);
        }
    }
}
