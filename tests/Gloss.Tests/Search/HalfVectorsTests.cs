using System.Runtime.InteropServices;
using Gloss.Images;

namespace Gloss.Search;

public sealed class HalfVectorsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(256)]
    [InlineData(391)]
    public void Dot_OfPacked_IsTheCosine(int width)
    {
        var random = new SeededGenerator(5);
        var (a, b) = (Vector(random, width), Vector(random, width));

        var packed = HalfVectors.Pack(a);
        var dot = HalfVectors.Dot(MemoryMarshal.Cast<byte, ushort>(packed), b);

        var length = Math.Sqrt(a.Sum(value => (double)value * value));
        var expected = a.Zip(b).Sum(pair => (double)pair.First * pair.Second) / length;
        // Half precision has 11 bits.
        Assert.Equal(expected, dot, 2e-3 * Math.Sqrt(b.Sum(value => (double)value * value)));
        var unpacked = HalfVectors.Unpack(packed);
        Assert.Equal(unpacked.Zip(b).Sum(pair => (double)pair.First * pair.Second), dot, 1e-4);
    }

    [Fact]
    public void Dot_SubnormalAndNegativeHalves_AreExact()
    {
        var halves = Enumerable.Range(0, 64)
            .Select(i => BitConverter.HalfToUInt16Bits((Half)((i % 2 == 0 ? 1 : -1) * i * 6e-8f))).ToArray();
        for (var i = 0; i < halves.Length; i++)
        {
            var one = new float[64];
            one[i] = 1;
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(halves[i]), HalfVectors.Dot(halves, one));
        }
    }

    private static float[] Vector(SeededGenerator random, int width) =>
        [.. Enumerable.Range(0, width).Select(_ => (float)random.NextDouble(-1, 1))];
}
