using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class ByteMatrixTests
{
    [Theory]
    [InlineData(70, 16, 1)]
    [InlineData(128, 160, 5)]
    public void MultiplyAdd_RandomNumbers_AgreesWithSumsOfProducts(int outputs, int inputs, int rows)
    {
        var random = new Random(5);
        var weights = Enumerable.Range(0, outputs * inputs).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var table = ByteRows.Of(weights, inputs);
        var matrix = new ByteMatrix(table);
        var values = Enumerable.Range(0, rows * inputs).Select(_ => (int)random.Next(-127, 128)).ToArray();
        var bytes = values.Select(v => (byte)(v + 128)).ToArray();
        var sums = new float[rows * matrix.Stride];
        matrix.MultiplyAdd(bytes, sums);
        var rounded = table.ToFloats();
        for (var row = 0; row < rows; row++)
        {
            for (var n = 0; n < outputs; n++)
            {
                var expected = 0.0;
                for (var k = 0; k < inputs; k++)
                    expected += rounded[(n * inputs) + k] * values[(row * inputs) + k] / 127.0;
                Assert.Equal(expected, sums[(row * matrix.Stride) + n], 1e-3);
            }
        }
        foreach (var byPairs in new[] { false, true })
        {
            var slow = new float[matrix.Stride];
            matrix.MultiplyAddSlowly(bytes.AsSpan(0, inputs), slow, byPairs);
            for (var n = 0; n < outputs; n++)
                Assert.Equal(sums[n], slow[n]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Multiply_SeveralRowsAndABias_GivesToTheBitWhatRowsAloneGive(int rows)
    {
        var random = new Random(6);
        var weights = Enumerable.Range(0, 128 * 160).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var matrix = new ByteMatrix(ByteRows.Of(weights, 160));
        var bytes = new byte[rows * 160];
        random.NextBytes(bytes);
        var bias = Enumerable.Range(0, matrix.Stride).Select(_ => (float)random.NextDouble()).ToArray();
        var sums = new float[rows * matrix.Stride];
        matrix.Multiply(bytes, bias, sums);
        for (var row = 0; row < rows; row++)
        {
            var alone = bias.ToArray();
            matrix.MultiplyAdd(bytes.AsSpan(row * 160, 160), alone);
            Assert.Equal(alone, sums[(row * matrix.Stride)..((row + 1) * matrix.Stride)]);
        }
    }
}
