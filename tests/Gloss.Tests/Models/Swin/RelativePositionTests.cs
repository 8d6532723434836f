using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Tests.Models.Swin;

public sealed class RelativePositionTests
{
    [Fact]
    public void Index_WindowOfTwo_CountsFromTheFarthestNegativeOffset()
    {
        using var index = RelativePosition.Index(2);
        Assert.Equal([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4], index.ToArray<long>());
    }

    [Theory]
    [InlineData("12to7", 7)]
    [InlineData("7to12", 12)]
    public void SourceCoordinates_EqualTheOfficial(string key, int window)
    {
        using var scope = TensorScope.Begin();
        using var file =
            SafetensorsFile.Open(ReferenceData.Require("reference/ram_family/relative_position.safetensors"));
        var (source, target) = (file.Read($"{key}.source_coordinates"), file.Read($"{key}.target_coordinates"));
        Assert.Equal(2 * window - 1, target.ElementCount);
        var expected = source.ToArray<double>();
        var actual = RelativePosition.SourceCoordinates(expected.Length, 2 * window - 1);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-12);
        Assert.Equal(target.ToArray<double>(), RelativePosition.TargetCoordinates(2 * window - 1));
    }

    // Random tables on a grid of 1/8 swing hard between neighbours; 1e-5 is the rounding of float32 results.
    [Theory]
    [InlineData("12to7", 7)]
    [InlineData("12to7.smooth", 7)]
    [InlineData("7to12", 12)]
    [InlineData("7to12.smooth", 12)]
    public void Resample_EqualsTheOfficial(string key, int window)
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        using var file =
            SafetensorsFile.Open(ReferenceData.Require("reference/ram_family/relative_position.safetensors"));
        var actual = RelativePosition.Resample(file.Read($"{key}.before"), window);
        TensorAssert.Close(file.Read($"{key}.after"), actual, 1e-5, key);
    }

    [Fact]
    public void Resample_CubicPolynomial_IsReproducedInsideTheTable()
    {
        // A not-a-knot spline through the values of a cubic is that cubic.
        using var scope = TensorScope.Begin();
        var coordinates = RelativePosition.SourceCoordinates(9, 15);
        var values = new float[81];
        for (var y = 0; y < 9; y++)
        {
            for (var x = 0; x < 9; x++)
                values[y * 9 + x] = (float)Cubic(coordinates[y], coordinates[x]);
        }
        var result = RelativePosition.Resample(Tensor.FromData(values, 81, 1), 8).ToArray<float>();
        for (var y = -6; y <= 6; y++)
        {
            for (var x = -6; x <= 6; x++)
                Assert.Equal(Cubic(y, x), result[(y + 7) * 15 + x + 7], 1e-4);
        }
        static double Cubic(double y, double x) => 0.01 * y * y * y - 0.02 * y * x * x + 0.3 * x - 0.5;
    }

    [Fact]
    public void WindowOf_NoSquareOfAnOddNumber_Throws()
    {
        Assert.Equal(7, RelativePosition.WindowOf(169));
        Assert.Throws<ArgumentException>(() => RelativePosition.WindowOf(144));
        Assert.Throws<ArgumentException>(() => RelativePosition.WindowOf(0));
    }
}
