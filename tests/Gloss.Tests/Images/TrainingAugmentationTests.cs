using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class TrainingAugmentationTests
{
    [Fact]
    public void Apply_SameSeed_GivesTheSamePicture()
    {
        var augmentation = new TrainingAugmentation { Size = new ImageSize(24, 20) };
        var image = ImageResizerTests.Noise(60, 40, seed: 1);
        var untouched = (byte[])image.Pixels.Clone();
        var distinct = new HashSet<string>();
        for (ulong seed = 0; seed < 30; seed++)
        {
            var first = augmentation.Apply(image, new SeededGenerator(seed));
            Assert.Equal((24, 20), (first.Width, first.Height));
            Assert.Equal(first.Pixels, augmentation.Apply(image, new SeededGenerator(seed)).Pixels);
            distinct.Add(ImageReference.Sha256(first.Pixels));
        }
        Assert.Equal(30, distinct.Count);
        Assert.Equal(untouched, image.Pixels);
    }

    [Fact]
    public void Apply_WholePictureAndNothingElse_IsThePlainResize()
    {
        var augmentation = new TrainingAugmentation
        {
            Size = new ImageSize(16, 16), MinScale = 1, MinRatio = 1, MaxRatio = 1, FlipProbability = 0,
            OperationCount = 0,
        };
        var image = ImageResizerTests.Noise(32, 32, seed: 2);
        Assert.Equal(ImageResizer.Resize(image, 16, 16, ResizeFilter.Bicubic).Pixels,
            augmentation.Apply(image, new SeededGenerator(1)).Pixels);
        var flipped = (augmentation with { FlipProbability = 1 }).Apply(image, new SeededGenerator(1));
        Assert.Equal(AugmentOperations.Flip(ImageResizer.Resize(image, 16, 16, ResizeFilter.Bicubic)).Pixels,
            flipped.Pixels);
        Assert.Equal(ImageResizer.Resize(image, 16, 16, ResizeFilter.Bilinear).Pixels,
            (augmentation with { Filter = ResizeFilter.Bilinear }).Apply(image, new SeededGenerator(1)).Pixels);
    }

    [Theory]
    [InlineData(640, 480)]
    [InlineData(100, 100)]
    [InlineData(30, 400)]
    [InlineData(1, 1)]
    public void DrawCrop_AnyPicture_StaysInsideAndInRange(int width, int height)
    {
        var augmentation = new TrainingAugmentation();
        var generator = new SeededGenerator(3);
        double least = 1, most = 0;
        for (var i = 0; i < 2000; i++)
        {
            var crop = augmentation.DrawCrop(width, height, generator);
            crop.ThrowIfOutside(width, height);
            var scale = (double)crop.Width * crop.Height / (width * height);
            (least, most) = (Math.Min(least, scale), Math.Max(most, scale));
            if (Math.Min(width, height) >= 30)
                Assert.InRange((double)crop.Width / crop.Height, 0.70, 1.40);
        }
        if (width == 640)
        {
            Assert.InRange(least, 0.19, 0.22);
            Assert.InRange(most, 0.95, 1.0);
        }
    }

    [Fact]
    public void DrawCrop_NothingFits_TakesTheMiddle()
    {
        var augmentation = new TrainingAugmentation { MinScale = 1 };
        Assert.Equal(new PixelRectangle(0, 180, 30, 40), augmentation.DrawCrop(30, 400, new SeededGenerator(1)));
        Assert.Equal(new PixelRectangle(180, 0, 40, 30), augmentation.DrawCrop(400, 30, new SeededGenerator(1)));
    }

    [Fact]
    public void Operations_IdentityCases_ChangeNothing()
    {
        var image = ImageResizerTests.Noise(20, 15, seed: 4);
        image.Pixels.AsSpan(0, 6).Clear();
        image.Pixels.AsSpan(3, 3).Fill(255);
        var generator = new SeededGenerator(1);
        Assert.Same(image, AugmentOperations.Apply(image, AugmentOperation.Identity, 9, 128, generator));
        Assert.Equal(image.Pixels, AugmentOperations.AutoContrast(image).Pixels); // already 0 to 255
        foreach (var operation in new[] { AugmentOperation.Brightness, AugmentOperation.Sharpness })
            Assert.Equal(image.Pixels, AugmentOperations.Apply(image, operation, 5, 128, generator).Pixels);
        foreach (var operation in Enum.GetValues<AugmentOperation>().Where(o => o >= AugmentOperation.ShearX))
            Assert.Equal(image.Pixels, AugmentOperations.Apply(image, operation, 0, 128, generator).Pixels);
        Assert.Equal(image.Pixels, AugmentOperations.Flip(AugmentOperations.Flip(image)).Pixels);
        var plain = new RgbImage(9, 9, 40, 40, 40);
        Assert.Equal(plain.Pixels, AugmentOperations.Equalize(plain).Pixels);
        Assert.Equal(plain.Pixels, AugmentOperations.Sharpness(plain, 1.9).Pixels);
    }

    [Fact]
    public void Operations_KnownCases_DoWhatTheySay()
    {
        var ramp = new RgbImage(4, 1, [10, 10, 10, 20, 20, 20, 30, 30, 30, 60, 60, 60]);
        Assert.Equal([0, 51, 102, 255], Reds(AugmentOperations.AutoContrast(ramp)));
        Assert.Equal([15, 30, 45, 90], Reds(AugmentOperations.Brightness(ramp, 1.5)));
        Assert.Equal([20, 30, 60, 128], Reds(AugmentOperations.Warp(ramp, (1, 0, 1), (0, 1, 0), 128)));
        Assert.Equal([15, 25, 45, 94], Reds(AugmentOperations.Warp(ramp, (1, 0, 0.5), (0, 1, 0), 128)));
        // Half the picture 100, half 200: equalised to the two ends of what the sums give.
        var halves = new RgbImage(32, 32, 200, 200, 200);
        halves.Pixels.AsSpan(0, halves.Pixels.Length / 2).Fill(100);
        Assert.Equal(255, AugmentOperations.Equalize(halves).Pixels[^1]);
        Assert.Equal(0, AugmentOperations.Equalize(halves).Pixels[0]);
        var turned = AugmentOperations.Rotate(halves, 30, 128);
        Assert.Equal(128, turned.Pixels[0]);
    }

    [Fact]
    public void Validate_WrongSettings_AreAllNamed()
    {
        var wrong = new TrainingAugmentation
        {
            Size = new ImageSize(0, 1), MinScale = 0, MinRatio = 2, FlipProbability = 2, OperationCount = -1,
            Magnitude = 11,
            OperationProbability = -1,
        };
        var error = Assert.Throws<ArgumentException>(wrong.Validate);
        foreach (var name in new[] { "Size", "MinScale", "MinRatio", "FlipProbability", "OperationCount", "Magnitude",
            "OperationProbability" })
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SeededGenerator_KnownSeed_GivesKnownNumbersInRange()
    {
        Assert.NotEqual(new SeededGenerator(1).NextUInt64(), new SeededGenerator(1, 1).NextUInt64());
        Assert.Equal(new SeededGenerator(5, 9).NextUInt64(), new SeededGenerator(5, 9).NextUInt64());
        var generator = new SeededGenerator(11);
        var counts = new int[7];
        double sum = 0;
        for (var i = 0; i < 70_000; i++)
        {
            counts[generator.NextInt32(7)]++;
            var value = generator.NextDouble();
            Assert.InRange(value, 0, 0.9999999999999999);
            sum += value;
        }
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.InRange(sum / 70_000, 0.49, 0.51);
    }

    private static int[] Reds(RgbImage image) =>
        [.. image.Pixels.Where((_, i) => i % 3 == 0).Select(value => (int)value)];
}
