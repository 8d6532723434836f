namespace Gloss.Images;

/// <summary>
/// What training does to a picture: a random part of it at random shape resized to the model's size (torchvision's
/// RandomResizedCrop), a mirror image every other time, and RandAugment (Cubuk et al. 2020) with the operations and
/// ranges of the Recognize Anything code. The defaults are that code's. All randomness comes from the generator given.
/// </summary>
public sealed record TrainingAugmentation
{
    /// <summary>The size of the result, sides of at least 1.</summary>
    /// <value>384 × 384.</value>
    public ImageSize Size { get; init; } = new(384, 384);

    /// <summary>The smallest part of the picture's area, above 0 and at most <see cref="MaxScale"/>.</summary>
    /// <value>0.2.</value>
    public double MinScale { get; init; } = 0.2;

    /// <summary>The largest part of the picture's area, at most 1.</summary>
    /// <value>1.</value>
    public double MaxScale { get; init; } = 1;

    /// <summary>The narrowest part, width over height, above 0 and at most <see cref="MaxRatio"/>.</summary>
    /// <value>3/4.</value>
    public double MinRatio { get; init; } = 3.0 / 4.0;

    /// <summary>The widest part, width over height.</summary>
    /// <value>4/3.</value>
    public double MaxRatio { get; init; } = 4.0 / 3.0;

    /// <summary>How the part is resized.</summary>
    /// <value>Bicubic.</value>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bicubic;

    /// <summary>How often the picture is mirrored left to right, 0–1.</summary>
    /// <value>0.5.</value>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How many operations are drawn (N), at least 0; 0 turns RandAugment off.</summary>
    /// <value>2.</value>
    public int OperationCount { get; init; } = 2;

    /// <summary>How strong they are (M), 0–10.</summary>
    /// <value>5.</value>
    public double Magnitude { get; init; } = 5;

    /// <summary>How often a drawn operation is done, 0–1.</summary>
    /// <value>0.5.</value>
    public double OperationProbability { get; init; } = 0.5;

    /// <summary>The grey of what a slant, shift or turn uncovers.</summary>
    /// <value>128.</value>
    public byte Fill { get; init; } = 128;

    /// <summary>What is drawn from, with equal chances.</summary>
    /// <value>All ten.</value>
    public IReadOnlyList<AugmentOperation> Operations { get; init; } = Enum.GetValues<AugmentOperation>();

    /// <summary>Checks all settings at once.</summary>
    /// <exception cref="ArgumentException">Names each wrong setting, its value and the range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(Size.Width >= 1 && Size.Height >= 1,
            $"Size = {Size.Width} x {Size.Height}: expected sides of at least 1");
        Check(MinScale > 0 && MinScale <= MaxScale && MaxScale <= 1,
            $"MinScale = {MinScale}, MaxScale = {MaxScale}: expected 0 < MinScale <= MaxScale <= 1");
        Check(MinRatio > 0 && MinRatio <= MaxRatio && MaxRatio <= 100,
            $"MinRatio = {MinRatio}, MaxRatio = {MaxRatio}: expected 0 < MinRatio <= MaxRatio <= 100");
        Check(FlipProbability is >= 0 and <= 1, $"FlipProbability = {FlipProbability}: expected 0 to 1");
        Check(OperationCount >= 0, $"OperationCount = {OperationCount}: expected 0 or more");
        Check(Magnitude is >= 0 and <= 10, $"Magnitude = {Magnitude}: expected 0 to 10");
        Check(OperationProbability is >= 0 and <= 1, $"OperationProbability = {OperationProbability}: expected 0 to 1");
        Check(OperationCount == 0 || Operations.Count > 0, "Operations = none: expected at least one");
        if (faults.Count > 0)
            throw new ArgumentException("TrainingAugmentation · " + string.Join(" · ", faults));

        void Check(bool isRight, string fault)
        {
            if (!isRight)
                faults.Add(fault);
        }
    }

    /// <summary>A new picture of <see cref="Size"/> made from <paramref name="image"/>, which stays as it is.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public RgbImage Apply(RgbImage image, SeededGenerator generator)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(generator);
        Validate();
        var result = ImageResizer.Resize(image, DrawCrop(image.Width, image.Height, generator), Size.Width, Size.Height,
            Filter);
        if (generator.NextBool(FlipProbability))
            result = AugmentOperations.Flip(result);
        for (var i = 0; i < OperationCount; i++)
        {
            var operation = Operations[generator.NextInt32(Operations.Count)];
            if (generator.NextBool(OperationProbability))
                result = AugmentOperations.Apply(result, operation, Magnitude, Fill, generator);
        }
        return result;
    }

    // Ten tries for a part that fits, else the largest in the middle whose shape is allowed.
    internal PixelRectangle DrawCrop(int width, int height, SeededGenerator generator)
    {
        var area = (double)width * height;
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var part = area * generator.NextDouble(MinScale, MaxScale);
            var ratio = Math.Exp(generator.NextDouble(Math.Log(MinRatio), Math.Log(MaxRatio)));
            var w = (int)Math.Round(Math.Sqrt(part * ratio));
            var h = (int)Math.Round(Math.Sqrt(part / ratio));
            if (w > 0 && w <= width && h > 0 && h <= height)
            {
                var y = generator.NextInt32(height - h + 1);
                return new PixelRectangle(generator.NextInt32(width - w + 1), y, w, h);
            }
        }
        var shape = (double)width / height;
        var (largestWidth, largestHeight) = (width, height);
        if (shape < MinRatio)
            largestHeight = Math.Clamp((int)Math.Round(width / MinRatio), 1, height);
        else if (shape > MaxRatio)
            largestWidth = Math.Clamp((int)Math.Round(height * MaxRatio), 1, width);
        var (left, top) = ((width - largestWidth) / 2, (height - largestHeight) / 2);
        return new PixelRectangle(left, top, largestWidth, largestHeight);
    }
}
