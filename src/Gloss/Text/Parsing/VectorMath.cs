using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Text.Parsing;

/// <summary>Small sums over rows of numbers.</summary>
internal static class VectorMath
{
    /// <summary>The sum of products of two equally long rows.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        Vector512<float> s0 = default, s1 = default;
        nuint k = 0;
        for (; k + 32 <= (nuint)a.Length; k += 32)
        {
            s0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, k), Vector512.LoadUnsafe(ref y, k), s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, k + 16),
                Vector512.LoadUnsafe(ref y, k + 16), s1);
        }
        var sum = Vector512.Sum(s0 + s1);
        for (; k < (nuint)a.Length; k++)
            sum += a[(int)k] * b[(int)k];
        return sum;
    }

    /// <summary>The products of each row of one table with each row of another.</summary>
    /// <param name="a">Rows that begin <paramref name="aStride"/> apart.</param>
    /// <param name="aStride">Numbers from row to row.</param>
    /// <param name="aCount">Rows of a.</param>
    /// <param name="width">Numbers of a row that count.</param>
    /// <param name="b">Rows that begin <paramref name="bStride"/> apart.</param>
    /// <param name="bStride">Numbers from row to row.</param>
    /// <param name="results">Takes (aCount, bCount) products.</param>
    /// <param name="bCount">Rows of b.</param>
    public static void Products(ReadOnlySpan<float> a, int aStride, int aCount, int width, ReadOnlySpan<float> b,
        int bStride,
        Span<float> results, int bCount)
    {
        if (aCount == 0 || bCount == 0)
            return;
        a = a[..(((aCount - 1) * aStride) + width)];
        b = b[..(((bCount - 1) * bStride) + width)];
        results = results[..(aCount * bCount)];
        var j = 0;
        for (; j + 4 <= bCount && width % 16 == 0; j += 4)
        {
            ref var y = ref Unsafe.AsRef(in b[j * bStride]);
            var i = 0;
            for (; i + 2 <= aCount; i += 2)
                TwoByFour(ref Unsafe.AsRef(in a[i * aStride]), aStride, width, ref y, bStride,
                    ref results[(i * bCount) + j], bCount);
            if (i < aCount)
                OneByFour(ref Unsafe.AsRef(in a[i * aStride]), width, ref y, bStride, ref results[(i * bCount) + j]);
        }
        for (; j < bCount; j++)
        {
            for (var i = 0; i < aCount; i++)
                results[(i * bCount) + j] = Dot(a.Slice(i * aStride, width), b.Slice(j * bStride, width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoByFour(ref float a, int aStride, int width, ref float b, int bStride, ref float result,
        int resultStride)
    {
        ref var other = ref Unsafe.Add(ref a, aStride);
        ref var b1 = ref Unsafe.Add(ref b, bStride);
        ref var b2 = ref Unsafe.Add(ref b1, bStride);
        ref var b3 = ref Unsafe.Add(ref b2, bStride);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default,
            t2 = default, t3 = default;
        for (nuint k = 0; k < (nuint)width; k += 16)
        {
            var x = Vector512.LoadUnsafe(ref a, k);
            var y = Vector512.LoadUnsafe(ref other, k);
            var row = Vector512.LoadUnsafe(ref b, k);
            s0 = Vector512.FusedMultiplyAdd(x, row, s0);
            t0 = Vector512.FusedMultiplyAdd(y, row, t0);
            row = Vector512.LoadUnsafe(ref b1, k);
            s1 = Vector512.FusedMultiplyAdd(x, row, s1);
            t1 = Vector512.FusedMultiplyAdd(y, row, t1);
            row = Vector512.LoadUnsafe(ref b2, k);
            s2 = Vector512.FusedMultiplyAdd(x, row, s2);
            t2 = Vector512.FusedMultiplyAdd(y, row, t2);
            row = Vector512.LoadUnsafe(ref b3, k);
            s3 = Vector512.FusedMultiplyAdd(x, row, s3);
            t3 = Vector512.FusedMultiplyAdd(y, row, t3);
        }
        Sums(s0, s1, s2, s3).StoreUnsafe(ref result);
        Sums(t0, t1, t2, t3).StoreUnsafe(ref result, (nuint)resultStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour(ref float a, int width, ref float b, int bStride, ref float result)
    {
        ref var b1 = ref Unsafe.Add(ref b, bStride);
        ref var b2 = ref Unsafe.Add(ref b1, bStride);
        ref var b3 = ref Unsafe.Add(ref b2, bStride);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nuint k = 0; k < (nuint)width; k += 16)
        {
            var x = Vector512.LoadUnsafe(ref a, k);
            s0 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b, k), s0);
            s1 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b1, k), s1);
            s2 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b2, k), s2);
            s3 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref b3, k), s3);
        }
        Sums(s0, s1, s2, s3).StoreUnsafe(ref result);
    }

    // The sums of four vectors' numbers, each in the order of Vector512.Sum: neighbours, quarters, then halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector512<float> s0, Vector512<float> s1, Vector512<float> s2,
        Vector512<float> s3)
    {
        if (!Avx.IsSupported)
            return Vector128.Create(Vector512.Sum(s0), Vector512.Sum(s1), Vector512.Sum(s2), Vector512.Sum(s3));
        var low = Sums(s0.GetLower(), s1.GetLower(), s2.GetLower(), s3.GetLower());
        return low + Sums(s0.GetUpper(), s1.GetUpper(), s2.GetUpper(), s3.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector256<float> s0, Vector256<float> s1, Vector256<float> s2,
        Vector256<float> s3)
    {
        var sums = Avx.HorizontalAdd(Avx.HorizontalAdd(s0, s1), Avx.HorizontalAdd(s2, s3));
        return sums.GetLower() + sums.GetUpper();
    }

    /// <summary>Makes negative numbers zero.</summary>
    public static void Relu(Span<float> x)
    {
        ref var first = ref MemoryMarshal.GetReference(x);
        nuint k = 0;
        for (; k + 16 <= (nuint)x.Length; k += 16)
            Vector512.Max(Vector512.LoadUnsafe(ref first, k), Vector512<float>.Zero).StoreUnsafe(ref first, k);
        for (; k < (nuint)x.Length; k++)
            x[(int)k] = Math.Max(0, x[(int)k]);
    }

    /// <summary>sum += other.</summary>
    public static void Add(Span<float> sum, ReadOnlySpan<float> other)
    {
        ref var first = ref MemoryMarshal.GetReference(sum);
        ref var second = ref MemoryMarshal.GetReference(other);
        nuint k = 0;
        for (; k + 16 <= (nuint)sum.Length; k += 16)
            (Vector512.LoadUnsafe(ref first, k) + Vector512.LoadUnsafe(ref second, k)).StoreUnsafe(ref first, k);
        for (; k < (nuint)sum.Length; k++)
            sum[(int)k] += other[(int)k];
    }

    /// <summary>Where the largest number stands, the first of equals.</summary>
    public static int IndexOfMax(ReadOnlySpan<float> x)
    {
        var best = 0;
        for (var k = 1; k < x.Length; k++)
        {
            if (x[k] > x[best])
                best = k;
        }
        return best;
    }
}
