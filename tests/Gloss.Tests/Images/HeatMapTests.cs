using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class HeatMapTests
{
    [Fact]
    public void Overlay_HotCorner_ColoursThereAndLeavesTheColdEnd()
    {
        var photograph = new RgbImage(40, 40, 100, 110, 120);
        var got = HeatMap.Overlay(photograph, [0, 0, 0, 1], 2, 2);
        Assert.Equal([100, 110, 120], got.Pixels[..3]);
        var (red, green, blue) = ColorMap.At(1);
        Assert.Equal([Blend(100, red), Blend(110, green), Blend(120, blue)], got.Pixels[^3..]);
        Assert.Equal(100, photograph.Pixels[^3]);

        static byte Blend(int below, int above) => (byte)(below + (0.75f * (above - below)) + 0.5f);
    }

    [Fact]
    public void Overlay_Options_ChangeThePicture()
    {
        var photograph = new RgbImage(8, 8, 100, 110, 120);
        float[] map = [0, 1, 2, 3];
        var plain = HeatMap.Overlay(photograph, map, 2, 2).Pixels;
        Assert.Equal(photograph.Pixels,
            HeatMap.Overlay(photograph, map, 2, 2, new HeatMapOptions { Opacity = 0 }).Pixels);
        Assert.NotEqual(plain, HeatMap.Overlay(photograph, map, 2, 2, new HeatMapOptions { Coldest = 2 }).Pixels);
        Assert.NotEqual(plain, HeatMap.Overlay(photograph, map, 2, 2, new HeatMapOptions { Hottest = 9 }).Pixels);
        Assert.Equal(photograph.Pixels, HeatMap.Overlay(photograph, [5, 5, float.NaN, 5], 2, 2).Pixels);
        Assert.Throws<ArgumentException>(() => HeatMap.Overlay(photograph, map, 3, 2));
        Assert.Throws<ArgumentException>(() =>
            HeatMap.Overlay(photograph, map, 2, 2, new HeatMapOptions { Opacity = 2 }));
    }

    [Fact]
    public void ColorMap_FromColdToHot_GetsSteadilyLighter()
    {
        var last = -1.0;
        for (var i = 0; i <= 32; i++)
        {
            var (red, green, blue) = ColorMap.At(i / 32f);
            var luma = (0.2126 * red) + (0.7152 * green) + (0.0722 * blue);
            Assert.True(luma > last);
            last = luma;
        }
        Assert.Equal(ColorMap.At(0), ColorMap.At(-3));
        Assert.Equal(ColorMap.At(0), ColorMap.At(float.NaN));
        Assert.Equal(ColorMap.At(1), ColorMap.At(7));
    }
}
