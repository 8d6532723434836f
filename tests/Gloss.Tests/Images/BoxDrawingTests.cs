using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class BoxDrawingTests
{
    [Fact]
    public void Draw_TwoBoxesAtOnePlace_LabelsDoNotCoverEachOther()
    {
        var picture = new RgbImage(600, 500);
        var drawn = BoxDrawing.Draw(picture,
            [new(100, 100, 200, 150, "dog", "dog 0.90"), new(100, 100, 200, 150, "cat", "cat 0.80")]);
        Assert.Equal((600, 500), (drawn.Width, drawn.Height));
        Assert.True(Count(drawn, "dog") > 500);
        Assert.True(Count(drawn, "cat") > 400);
        Assert.All(picture.Pixels, p => Assert.Equal(0, p));
    }

    [Fact]
    public void Draw_SmallPicture_EnlargedSoThatLabelsAreRead()
    {
        var drawn = BoxDrawing.Draw(new RgbImage(192, 192), [new(10, 10, 50, 60, "dog", "dog é 狗")]);
        Assert.Equal((576, 576), (drawn.Width, drawn.Height));
    }

    [Theory]
    [InlineData(2, 20000)]
    [InlineData(20000, 2)]
    public void Draw_StripOfAFewPixels_NotEnlarged(int width, int height)
    {
        var drawn = BoxDrawing.Draw(new RgbImage(width, height), [new(0, 0, width, height, "dog", "dog")]);
        Assert.Equal((width, height), (drawn.Width, drawn.Height));
    }

    [Fact]
    public void Draw_BoxOutsideAndOnePixel_Works()
    {
        BoxDrawing.Draw(new RgbImage(1, 1), [new(-50, -50, 20, 20, "dog", "dog"), new(0, 0, 1, 1, "dog", "dog")]);
        BoxDrawing.Draw(new RgbImage(3000, 2), [new(0, 0, 3000, 2, "dog", "dog")]);
    }

    [Fact]
    public void ColorOf_Kind_IsStable()
    {
        Assert.Equal(BoxDrawing.ColorOf("dog"), BoxDrawing.ColorOf("dog"));
        Assert.True(new[] { "dog", "cat", "man", "woman", "car", "tree" }.Select(BoxDrawing.ColorOf).Distinct()
            .Count() >= 5);
    }

    private static int Count(RgbImage image, string kind)
    {
        var (red, green, blue) = BoxDrawing.ColorOf(kind);
        var count = 0;
        for (var i = 0; i < image.Pixels.Length; i += 3)
            count += image.Pixels[i] == red && image.Pixels[i + 1] == green && image.Pixels[i + 2] == blue ? 1 : 0;
        return count;
    }
}
