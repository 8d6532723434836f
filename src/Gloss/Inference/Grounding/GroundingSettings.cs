using Gloss.Images;

namespace Gloss.Inference.Grounding;

/// <summary>What a grounding model's <c>config.json</c> says beside its sizes.</summary>
public sealed record GroundingSettings
{
    /// <summary>Pixels that the shorter side gets.</summary><value>800</value>
    public int ShorterSide { get; init; } = 800;

    /// <summary>Most pixels of the longer side; the shorter one then gets fewer.</summary><value>1333</value>
    public int LongestSide { get; init; } = 1333;

    /// <summary>Least score of a box that is given, 0–1.</summary><value>0.3</value>
    public float Threshold { get; init; } = 0.3f;

    /// <summary>
    /// Overlap (IoU) above which the surer of two boxes of a tag drops the other, 0–1.
    /// </summary>
    /// <value>0.5</value>
    public double SuppressAbove { get; init; } = 0.5;

    /// <summary>
    /// The size at which a picture is looked at: the shorter side as told, the longer in proportion, cut off to whole
    /// pixels; where it would be longer than the longest, the shorter side follows from that one instead.
    /// </summary>
    public ImageSize SizeFor(int width, int height)
    {
        double least = Math.Min(width, height), most = Math.Max(width, height);
        var size = ShorterSide;
        if (most / least * size > LongestSide)
            size = (int)Math.Round(LongestSide * least / most, MidpointRounding.ToEven);
        size = Math.Max(1, size);
        if (least == size && most <= LongestSide)
            return new ImageSize(width, height);
        // A panorama of a few rows would get longer than the longest side again.
        int Longer(double ratio) => Math.Max(1, (int)Math.Min(size * ratio, Math.Max(LongestSide, ShorterSide) * 2.0));
        return width < height
            ? new ImageSize(size, Longer((double)height / width)) : new ImageSize(Longer((double)width / height), size);
    }

    /// <summary>What is wrong with the fields.</summary>
    internal IEnumerable<string> Faults()
    {
        if (ShorterSide is < 1 or > 8192)
            yield return $"shorter_side: expected 1 to 8192, got {ShorterSide}";
        if (LongestSide < ShorterSide || LongestSide > 16384)
            yield return $"longest_side: expected shorter_side {ShorterSide} to 16384, got {LongestSide}";
        if (!(Threshold is >= 0 and <= 1))
            yield return $"threshold: expected 0 to 1, got {Threshold}";
        if (!(SuppressAbove is >= 0 and <= 1))
            yield return $"suppress_above: expected 0 to 1, got {SuppressAbove}";
    }
}
