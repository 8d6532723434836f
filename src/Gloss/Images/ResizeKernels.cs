using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Images;

/// <summary>
/// The two passes. A weight of 22 bits does not fit the 16-bit multiply-add of the vector units, so it is split
/// exactly: weight = high · 4096 + low; both products are summed apart and joined at the end: the same 32-bit sum.
/// </summary>
internal static class ResizeKernels
{
    private const int LowMask = (1 << ResizeWeights.SplitBits) - 1;

    // The horizontal vector kernel reads whole groups of four pixels, and 16 bytes at a time.
    private const int OverRead = 16;

    /// <summary>Rows first .. first + count of <paramref name="source"/> to rows of weights.Count pixels.</summary>
    public static void Horizontal(ResizeSource source, int first, int count, in ResizeWeights weights,
        Span<byte> target, bool isVectorised)
    {
        if (isVectorised && source.Channels == 3)
        {
            HorizontalRgb(source, first, count, weights, target);
            return;
        }
        var stride = weights.Count * source.Channels;
        for (var y = 0; y < count; y++)
            HorizontalRow(source.Row(first + y), source.Channels, weights, target.Slice(y * stride, stride));
    }

    /// <summary>Columns of <paramref name="source"/>, its row 0 being row <paramref name="first"/>.</summary>
    public static void Vertical(ResizeSource source, int first, in ResizeWeights weights, Span<byte> target,
        bool isVectorised)
    {
        var bytes = source.RowBytes;
        for (var y = 0; y < weights.Count; y++)
        {
            var start = weights.Bounds[2 * y] - first;
            var taps = weights.Weights.Slice(y * weights.Stride, weights.Bounds[(2 * y) + 1]);
            var rows = source.Pixels.Slice(start * source.Stride, ((taps.Length - 1) * source.Stride) + bytes);
            var row = target.Slice(y * bytes, bytes);
            if (isVectorised && bytes >= Vector256<byte>.Count)
                VerticalRow(rows, source.Stride, taps, row);
            else
                VerticalRowPortable(rows, source.Stride, taps, row);
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResizeWeights.Precision, 0, 255);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HorizontalRow(ReadOnlySpan<byte> row, int channels, in ResizeWeights weights, Span<byte> target)
    {
        var bounds = weights.Bounds;
        for (var i = 0; i < weights.Count; i++)
        {
            var taps = weights.Weights.Slice(i * weights.Stride, bounds[(2 * i) + 1]);
            var from = row[(bounds[2 * i] * channels)..];
            for (var c = 0; c < channels; c++)
            {
                var sum = ResizeWeights.Half;
                for (int t = 0, at = c; t < taps.Length; t++, at += channels)
                    sum += from[at] * taps[t];
                target[(i * channels) + c] = Clip(sum);
            }
        }
    }

    // Two rows at once, one in each half of the registers; four pixels a step.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void HorizontalRgb(ResizeSource source, int first, int count, in ResizeWeights weights,
        Span<byte> target)
    {
        var bytes = source.RowBytes;
        var split = Split(weights);
        var spare = ArrayPool<byte>.Shared.Rent(2 * (bytes + OverRead));
        var stride = 3 * weights.Count;
        fixed (byte* pixels = source.Pixels, spares = spare, targets = target)
        fixed (int* pairs = split, bounds = weights.Bounds)
        {
            for (var y = 0; y < count; y += 2)
            {
                // An odd last row is done twice, into the same place.
                var other = Math.Min(y + 1, count - 1);
                RgbRowPair(
                    Readable(source, pixels, first + y, spares),
                    Readable(source, pixels, first + other, spares + bytes + OverRead),
                    bounds, pairs, weights.Stride, weights.Count, targets + ((long)y * stride),
                    targets + ((long)other * stride));
            }
        }
        ArrayPool<byte>.Shared.Return(spare);
        ArrayPool<int>.Shared.Return(split);
    }

    // The row, or a copy of it where reading past its end would leave the picture.
    private static unsafe byte* Readable(ResizeSource source, byte* pixels, int y, byte* spare)
    {
        var at = (long)y * source.Stride;
        if (at + source.RowBytes + OverRead <= source.Pixels.Length)
            return pixels + at;
        source.Row(y).CopyTo(new Span<byte>(spare, source.RowBytes));
        return spare;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RgbRowPair(byte* row0, byte* row1, int* bounds, int* pairs, int stride, int count,
        byte* target0, byte* target1)
    {
        const byte None = 0x80; // a shuffle index that gives zero
        // Pixels 0 and 1 (then 2 and 3) as 16-bit pairs: R0 R1, G0 G1, B0 B1, nothing.
        var lower = Vector128.Create(0, None, 3, None, 1, None, 4, None, 2, None, 5, None, None, None, None, None);
        var upper = Vector128.Create(6, None, 9, None, 7, None, 10, None, 8, None, 11, None, None, None, None, None);
        var pick01 = Vector256.Create(lower, lower);
        var pick23 = Vector256.Create(upper, upper);
        var half = Vector256.Create(ResizeWeights.Half);
        for (var i = 0; i < count; i++, pairs += stride)
        {
            var from = 3 * bounds[2 * i];
            var taps = bounds[(2 * i) + 1];
            var low = half;
            var high = Vector256<int>.Zero;
            for (var t = 0; t < taps; t += 4)
            {
                var at = from + (3 * t);
                var four = Vector256.Create(Vector128.Load(row0 + at), Vector128.Load(row1 + at));
                var a = Avx2.Shuffle(four, pick01).AsInt16();
                var b = Avx2.Shuffle(four, pick23).AsInt16();
                low += Avx2.MultiplyAddAdjacent(a, Vector256.Create(pairs[t]).AsInt16());
                high += Avx2.MultiplyAddAdjacent(a, Vector256.Create(pairs[t + 1]).AsInt16());
                low += Avx2.MultiplyAddAdjacent(b, Vector256.Create(pairs[t + 2]).AsInt16());
                high += Avx2.MultiplyAddAdjacent(b, Vector256.Create(pairs[t + 3]).AsInt16());
            }
            var sum = ((high << ResizeWeights.SplitBits) + low) >> ResizeWeights.Precision;
            var words = Avx2.PackSignedSaturate(sum, sum);
            var packed = Avx2.PackUnsignedSaturate(words, words).AsUInt32();
            var pixel0 = packed.GetElement(0);
            var pixel1 = packed.GetElement(4);
            if (i < count - 1)
            {
                // The fourth byte is overwritten by the next pixel.
                *(uint*)(target0 + (3 * i)) = pixel0;
                *(uint*)(target1 + (3 * i)) = pixel1;
            }
            else
            {
                Put(target0 + (3 * i), pixel0);
                Put(target1 + (3 * i), pixel1);
            }
        }

        static void Put(byte* target, uint pixel)
        {
            target[0] = (byte)pixel;
            target[1] = (byte)(pixel >> 8);
            target[2] = (byte)(pixel >> 16);
        }
    }

    // For each four weights: low parts of 0 and 1, high parts of 0 and 1, low parts of 2 and 3, high parts of 2 and 3.
    private static int[] Split(in ResizeWeights weights)
    {
        var all = weights.Weights;
        var split = ArrayPool<int>.Shared.Rent(all.Length);
        for (var i = 0; i < all.Length; i += 2)
        {
            split[i] = PairOfLow(all[i], all[i + 1]);
            split[i + 1] = PairOfHigh(all[i], all[i + 1]);
        }
        return split;
    }

    private static int PairOfLow(int a, int b) => (a & LowMask) | ((b & LowMask) << 16);

    private static int PairOfHigh(int a, int b) =>
        ((a >> ResizeWeights.SplitBits) & 0xFFFF) | ((b >> ResizeWeights.SplitBits) << 16);

    // 32 bytes of a row at once, two rows a step; the last 32 overlap those before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void VerticalRow(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> taps,
        Span<byte> target)
    {
        var zero = Vector256<byte>.Zero;
        var half = Vector256.Create(ResizeWeights.Half);
        fixed (byte* source = rows, result = target)
        fixed (int* weights = taps)
        {
            for (var x = 0; x < target.Length; x += Vector256<byte>.Count)
            {
                x = Math.Min(x, target.Length - Vector256<byte>.Count);
                Vector256<int> low0 = half, low1 = half, low2 = half, low3 = half;
                Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
                for (var t = 0; t < taps.Length; t += 2)
                {
                    var isLast = t + 1 == taps.Length;
                    var second = isLast ? 0 : weights[t + 1];
                    var row = source + ((long)t * stride) + x;
                    var a = Vector256.Load(row);
                    var b = isLast ? zero : Vector256.Load(row + stride);
                    var low = Vector256.Create(PairOfLow(weights[t], second)).AsInt16();
                    var high = Vector256.Create(PairOfHigh(weights[t], second)).AsInt16();
                    var ab = Avx2.UnpackLow(a, b);
                    var w = Avx2.UnpackLow(ab, zero).AsInt16();
                    low0 += Avx2.MultiplyAddAdjacent(w, low);
                    high0 += Avx2.MultiplyAddAdjacent(w, high);
                    w = Avx2.UnpackHigh(ab, zero).AsInt16();
                    low1 += Avx2.MultiplyAddAdjacent(w, low);
                    high1 += Avx2.MultiplyAddAdjacent(w, high);
                    ab = Avx2.UnpackHigh(a, b);
                    w = Avx2.UnpackLow(ab, zero).AsInt16();
                    low2 += Avx2.MultiplyAddAdjacent(w, low);
                    high2 += Avx2.MultiplyAddAdjacent(w, high);
                    w = Avx2.UnpackHigh(ab, zero).AsInt16();
                    low3 += Avx2.MultiplyAddAdjacent(w, low);
                    high3 += Avx2.MultiplyAddAdjacent(w, high);
                }
                var words0 = Avx2.PackSignedSaturate(Join(low0, high0), Join(low1, high1));
                var words1 = Avx2.PackSignedSaturate(Join(low2, high2), Join(low3, high3));
                Avx2.PackUnsignedSaturate(words0, words1).Store(result + x);
            }
        }

        static Vector256<int> Join(Vector256<int> low, Vector256<int> high) =>
            ((high << ResizeWeights.SplitBits) + low) >> ResizeWeights.Precision;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void VerticalRowPortable(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> taps,
        Span<byte> target)
    {
        var x = 0;
        for (; x <= target.Length - 8; x += 8)
        {
            var sum0 = Vector128.Create(ResizeWeights.Half);
            var sum1 = sum0;
            for (var t = 0; t < taps.Length; t++)
            {
                var bytes = Vector128.CreateScalar(BitConverter.ToUInt64(rows[((t * stride) + x)..])).AsByte();
                var words = Vector128.WidenLower(bytes).AsInt16();
                var weight = Vector128.Create(taps[t]);
                sum0 += Vector128.WidenLower(words) * weight;
                sum1 += Vector128.WidenUpper(words) * weight;
            }
            for (var i = 0; i < 4; i++)
                (target[x + i], target[x + 4 + i]) = (Clip(sum0[i]), Clip(sum1[i]));
        }
        for (; x < target.Length; x++)
        {
            var sum = ResizeWeights.Half;
            for (var t = 0; t < taps.Length; t++)
                sum += rows[(t * stride) + x] * taps[t];
            target[x] = Clip(sum);
        }
    }
}
