using System.Runtime.Intrinsics.X86;
using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class ImageResizerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Resize_ReferencePictures_EqualPillowToTheByte(bool isVectorised)
    {
        Assert.SkipUnless(!isVectorised || Avx2.IsSupported, "needs AVX2");
        var decoder = new ImageDecoder(ImageDecoderOptions.Pillow);
        var sources = new Dictionary<string, RgbImage>();
        var count = 0;
        var faults = new List<string>();
        foreach (var line in ImageReference.Resizes())
        {
            var file = (string)line["file"]!;
            if (!sources.TryGetValue(file, out var source))
                sources[file] = source = decoder.Decode(ImageReference.File(file));
            var isRgb = (string)line["mode"]! == "RGB";
            var filter = Enum.Parse<ResizeFilter>((string)line["filter"]!, ignoreCase: true);
            var got = ImageResizer.Resize(isRgb ? source.Pixels : source.ToGray(), source.Width, source.Height,
                isRgb ? 3 : 1, (int)line["width"]!, (int)line["height"]!, filter, isVectorised);
            if (ImageReference.Sha256(got) != (string)line["sha256"]!)
                faults.Add(line.ToJsonString());
            count++;
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Equal(356, count);
    }

    [Theory]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    public void Resize_BothKernels_Agree(ResizeFilter filter)
    {
        Assert.SkipUnless(Avx2.IsSupported, "needs AVX2");
        var generator = new Random(1);
        for (var i = 0; i < 60; i++)
        {
            int width = generator.Next(1, 90), height = generator.Next(1, 90), channels = generator.Next(1, 5);
            int toWidth = generator.Next(1, 90), toHeight = generator.Next(1, 90);
            var pixels = new byte[width * height * channels];
            generator.NextBytes(pixels);
            Assert.Equal(
                ImageResizer.Resize(pixels, width, height, channels, toWidth, toHeight, filter, isVectorised: false),
                ImageResizer.Resize(pixels, width, height, channels, toWidth, toHeight, filter, isVectorised: true));
        }
    }

    [Fact]
    public void Resize_OneColour_StaysThatColour()
    {
        var image = new RgbImage(31, 17, 200, 100, 7);
        foreach (var (width, height) in new[] { (31, 17), (5, 5), (64, 3), (1, 90) })
        {
            var got = ImageResizer.Resize(image, width, height, ResizeFilter.Bicubic);
            Assert.Equal(new RgbImage(width, height, 200, 100, 7).Pixels, got.Pixels);
        }
    }

    [Fact]
    public void Resize_Halving_WeighsAsTheTriangleSays()
    {
        // Support 2, centres 1 and 3: weights 1 3 3 (1 outside) over 7 and 1 3 3 over 7.
        var got = ImageResizer.Resize([0, 70, 140, 210], 4, 1, 1, 2, 1, ResizeFilter.Bilinear);
        Assert.Equal([(byte)50, (byte)160], got);
    }

    [Fact]
    public void Resize_Crop_EqualsCroppingFirst()
    {
        var image = Noise(40, 30, seed: 2);
        var crop = new PixelRectangle(7, 5, 21, 19);
        Assert.Equal(ImageResizer.Resize(image.Crop(crop), 16, 16, ResizeFilter.Bicubic).Pixels,
            ImageResizer.Resize(image, crop, 16, 16, ResizeFilter.Bicubic).Pixels);
        Assert.Equal(image.Crop(crop).Pixels, ImageResizer.Resize(image, crop, 21, 19, ResizeFilter.Bilinear).Pixels);
    }

    [Fact]
    public void Resize_Box_SeesBeyondItsEdgesWhereACropDoesNot()
    {
        var image = Noise(40, 30, seed: 3);
        var whole = ImageResizer.Resize(image, new SourceBox(0, 0, 40, 30), 16, 16, ResizeFilter.Bilinear);
        Assert.Equal(ImageResizer.Resize(image, 16, 16, ResizeFilter.Bilinear).Pixels, whole.Pixels);
        var box = ImageResizer.Resize(image, new SourceBox(10, 10, 20, 15), 5, 5, ResizeFilter.Bilinear);
        var crop = ImageResizer.Resize(image, new PixelRectangle(10, 10, 20, 15), 5, 5, ResizeFilter.Bilinear);
        Assert.NotEqual(crop.Pixels, box.Pixels);
        // The middle lies a support away from the edges: there the two are the same.
        Assert.Equal(crop.Pixels.AsSpan(36, 3), box.Pixels.AsSpan(36, 3));
    }

    [Fact]
    public void Resize_WrongArguments_AreNamed()
    {
        var image = new RgbImage(4, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 0, 4, ResizeFilter.Bilinear));
        Assert.Throws<ArgumentException>(
            () => ImageResizer.Resize(image, new PixelRectangle(1, 1, 4, 1), 2, 2, ResizeFilter.Bilinear));
        Assert.Throws<ArgumentException>(
            () => ImageResizer.Resize(image, new SourceBox(0, 0, 4.5f, 1), 2, 2, ResizeFilter.Bilinear));
        Assert.Throws<ArgumentException>(() => ImageResizer.Resize([1, 2], 4, 1, 1, 2, 1, ResizeFilter.Bilinear));
    }

    internal static RgbImage Noise(int width, int height, int seed)
    {
        var pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}
