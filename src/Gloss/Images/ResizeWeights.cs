using System.Buffers;

namespace Gloss.Images;

/// <summary>
/// The weights of one pass: for each target pixel, which source pixels count and how much, in fixed point of 22 bits.
/// The arithmetic, order and rounding included, is that of Pillow's precompute_coeffs and normalize_coeffs_8bpc.
/// Arrays are rented: dispose to give them back.
/// </summary>
internal readonly struct ResizeWeights : IDisposable
{
    public const int Precision = 22;
    public const int Half = 1 << (Precision - 1);

    /// <summary>Bits of the low part of a weight split for 16-bit products: weight = high · 4096 + low.</summary>
    public const int SplitBits = 12;

    private readonly int[] _starts;
    private readonly int[] _weights;

    private ResizeWeights(int[] starts, int[] weights, int stride, int count) =>
        (_starts, _weights, Stride, Count) = (starts, weights, stride, count);

    /// <summary>Weights stored for each target pixel: a multiple of 4, zeros at the end.</summary>
    public int Stride { get; }

    /// <summary>Target pixels.</summary>
    public int Count { get; }

    /// <summary>The first source pixel of target pixel i at 2i, how many count at 2i + 1.</summary>
    public ReadOnlySpan<int> Bounds => _starts.AsSpan(0, 2 * Count);

    /// <summary>(Count, Stride) weights.</summary>
    public ReadOnlySpan<int> Weights => _weights.AsSpan(0, Count * Stride);

    /// <summary>Maps [begin, end) of <paramref name="size"/> pixels onto <paramref name="count"/>.</summary>
    public static ResizeWeights Create(int size, float begin, float end, int count, ResizeFilter filter)
    {
        var scale = (double)(end - begin) / count;
        var filterScale = Math.Max(scale, 1.0);
        var support = (filter == ResizeFilter.Bilinear ? 1.0 : 2.0) * filterScale;
        var taps = ((int)Math.Ceiling(support) * 2) + 1;
        var stride = (taps + 3) & ~3;
        var starts = ArrayPool<int>.Shared.Rent(2 * count);
        var weights = ArrayPool<int>.Shared.Rent(checked(stride * count));
        var values = ArrayPool<double>.Shared.Rent(taps);
        var inverse = 1.0 / filterScale;
        for (var i = 0; i < count; i++)
        {
            var centre = begin + ((i + 0.5) * scale);
            var first = Math.Max((int)(centre - support + 0.5), 0);
            var used = Math.Min((int)(centre + support + 0.5), size) - first;
            var sum = 0.0;
            for (var x = 0; x < used; x++)
            {
                var distance = (x + first - centre + 0.5) * inverse;
                values[x] = filter == ResizeFilter.Bilinear ? Triangle(distance) : Cubic(distance);
                sum += values[x];
            }
            var target = weights.AsSpan(i * stride, stride);
            for (var x = 0; x < used; x++)
            {
                var weight = sum == 0.0 ? values[x] : values[x] / sum;
                target[x] = (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << Precision)));
            }
            target[used..].Clear();
            starts[2 * i] = first;
            starts[(2 * i) + 1] = used;
        }
        ArrayPool<double>.Shared.Return(values);
        return new ResizeWeights(starts, weights, stride, count);
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_weights);
    }

    private static double Triangle(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? 1.0 - x : 0.0;
    }

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        if (x < 1.0)
            return ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1;
        return x < 2.0 ? (((((x - 5) * x) + 8) * x) - 4) * A : 0.0;
    }
}
