namespace Gloss.Torch.Inference;

/// <summary>
/// Values of one node, counted; chooses the range that loses least when they are kept in 8 bits. Clipping a few large
/// values makes the steps finer for all others.
/// </summary>
internal sealed class RangeHistogram
{
    private const int Bins = 2048;
    private readonly long[] counts = new long[Bins];

    /// <summary>The extent of all values seen by <see cref="Extend"/>.</summary>
    public ValueRange Extent { get; private set; }

    /// <summary>First pass: widens the extent.</summary>
    public void Extend(ReadOnlySpan<float> values)
    {
        var (low, high) = Extent;
        foreach (var value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        Extent = new(low, high);
    }

    /// <summary>Second pass: counts how often each size occurs.</summary>
    public void Count(ReadOnlySpan<float> values)
    {
        var factor = Bins / Math.Max(Limit, float.Epsilon);
        foreach (var value in values)
            counts[Math.Min((int)(Math.Abs(value) * factor), Bins - 1)]++;
    }

    /// <summary>The range of least mean squared error, among clips at 30–100 % of the extent.</summary>
    public ValueRange Choose()
    {
        var best = 1.0;
        var least = double.PositiveInfinity;
        for (var part = 1.0; part > 0.295; part -= 0.01)
        {
            var error = Error(part);
            if (error < least)
                (least, best) = (error, part);
        }
        var limit = (float)(Limit * best);
        return Extent.IsUnsigned ? new(0, limit) : new(-limit, limit);
    }

    private float Limit => Math.Max(-Extent.Low, Extent.High);

    // Rounding to steps of width s costs s² / 12 on average, but never more than the value itself (the zeros that ReLU
    // leaves cost nothing); clipping costs the square of what is cut off.
    private double Error(double part)
    {
        var clip = Limit * part;
        var step = clip / (Extent.IsUnsigned ? 255 : 127);
        var error = 0.0;
        for (var b = 0; b < Bins; b++)
        {
            var value = (b + 0.5) * Limit / Bins;
            var beyond = Math.Max(value - clip, 0);
            error += counts[b] * (beyond > 0 ? beyond * beyond : Math.Min(step * step / 12, value * value));
        }
        return error;
    }
}
