using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
            s1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, k + 16), Vector512.LoadUnsafe(ref y, k + 16), s1);
        }
        var sum = Vector512.Sum(s0 + s1);
        for (; k < (nuint)a.Length; k++)
            sum += a[(int)k] * b[(int)k];
        return sum;
    }

    /// <summary>The products of a row with many rows, which stand <paramref name="stride"/> apart.</summary>
    public static void Dots(ReadOnlySpan<float> a, ReadOnlySpan<float> rows, int stride, Span<float> results)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        var i = 0;
        for (; i + 4 <= results.Length && a.Length % 16 == 0; i += 4)
        {
            ref var r0 = ref MemoryMarshal.GetReference(rows[(i * stride)..]);
            ref var r1 = ref MemoryMarshal.GetReference(rows[((i + 1) * stride)..]);
            ref var r2 = ref MemoryMarshal.GetReference(rows[((i + 2) * stride)..]);
            ref var r3 = ref MemoryMarshal.GetReference(rows[((i + 3) * stride)..(((i + 3) * stride) + a.Length)]);
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (nuint k = 0; k < (nuint)a.Length; k += 16)
            {
                var v = Vector512.LoadUnsafe(ref x, k);
                s0 = Vector512.FusedMultiplyAdd(v, Vector512.LoadUnsafe(ref r0, k), s0);
                s1 = Vector512.FusedMultiplyAdd(v, Vector512.LoadUnsafe(ref r1, k), s1);
                s2 = Vector512.FusedMultiplyAdd(v, Vector512.LoadUnsafe(ref r2, k), s2);
                s3 = Vector512.FusedMultiplyAdd(v, Vector512.LoadUnsafe(ref r3, k), s3);
            }
            results[i] = Vector512.Sum(s0);
            results[i + 1] = Vector512.Sum(s1);
            results[i + 2] = Vector512.Sum(s2);
            results[i + 3] = Vector512.Sum(s3);
        }
        for (; i < results.Length; i++)
            results[i] = Dot(a, rows.Slice(i * stride, a.Length));
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
