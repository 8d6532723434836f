using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gloss.Search;

/// <summary>
/// Vectors as half-precision numbers (IEEE 754 binary16), two bytes each in this machine's order, and their products.
/// </summary>
internal static class HalfVectors
{
    // The exponent of a float is 112 larger than that of a half; multiplying also sets subnormal numbers right.
    private static readonly float exponent = BitConverter.UInt32BitsToSingle((127u + 112u) << 23);

    /// <summary>
    /// A vector made as long as 1 and packed; one of zeros stays so, one with numbers that are not finite becomes it.
    /// </summary>
    public static byte[] Pack(ReadOnlySpan<float> vector)
    {
        var length = 0.0;
        foreach (var value in vector)
            length += (double)value * value;
        var scale = length > 0 ? (float)(1 / Math.Sqrt(length)) : 0;
        var bytes = new byte[2 * vector.Length];
        if (!double.IsFinite(length))
            return bytes;
        var halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        for (var i = 0; i < vector.Length; i++)
            halves[i] = (Half)(vector[i] * scale);
        return bytes;
    }

    /// <summary>A packed vector as it is; zeros where a number of it is not finite.</summary>
    public static byte[] Finite(byte[] packed)
    {
        foreach (var half in MemoryMarshal.Cast<byte, Half>(packed.AsSpan()))
        {
            if (!Half.IsFinite(half))
                return new byte[packed.Length];
        }
        return packed;
    }

    /// <summary>A packed vector as floats.</summary>
    public static float[] Unpack(ReadOnlySpan<byte> bytes)
    {
        var vector = new float[bytes.Length / 2];
        Unpack(bytes, vector);
        return vector;
    }

    /// <summary>As above, into <paramref name="vector"/>.</summary>
    public static void Unpack(ReadOnlySpan<byte> bytes, Span<float> vector)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        for (var i = 0; i < vector.Length; i++)
            vector[i] = (float)halves[i];
    }

    /// <summary>The product of a packed vector with one of floats, of the same length.</summary>
    // Full speed from the first call: a search is over before the runtime would compile it again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<ushort> packed, ReadOnlySpan<float> vector)
    {
        var count = packed.Length;
        if (vector.Length < count)
            throw new ArgumentException($"{vector.Length} numbers, expected {count}", nameof(vector));
        ref var a = ref MemoryMarshal.GetReference(packed);
        ref var b = ref MemoryMarshal.GetReference(vector);
        var (i, sum) = (0, 0f);
        if (Vector512.IsHardwareAccelerated)
        {
            var (first, second) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (; i <= count - 32; i += 32)
            {
                var (low, high) = Vector512.Widen(Vector512.LoadUnsafe(ref a, (nuint)i));
                first = Vector512.FusedMultiplyAdd(ToSingle(low), Vector512.LoadUnsafe(ref b, (nuint)i), first);
                second = Vector512.FusedMultiplyAdd(ToSingle(high), Vector512.LoadUnsafe(ref b, (nuint)i + 16), second);
            }
            sum = Vector512.Sum(first + second);
        }
        else
        {
            var (first, second) = (Vector256<float>.Zero, Vector256<float>.Zero);
            for (; i <= count - 16; i += 16)
            {
                var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref a, (nuint)i));
                first = Vector256.FusedMultiplyAdd(ToSingle(low), Vector256.LoadUnsafe(ref b, (nuint)i), first);
                second = Vector256.FusedMultiplyAdd(ToSingle(high), Vector256.LoadUnsafe(ref b, (nuint)i + 8), second);
            }
            sum = Vector256.Sum(first + second);
        }
        for (; i < count; i++)
            sum += (float)BitConverter.UInt16BitsToHalf(packed[i]) * vector[i];
        return sum;
    }

    private static Vector512<float> ToSingle(Vector512<uint> halves)
    {
        var magnitude = (Vector512.ShiftLeft(halves & Vector512.Create(0x7fffu), 13).AsSingle() * exponent).AsUInt32();
        return (magnitude | Vector512.ShiftLeft(halves & Vector512.Create(0x8000u), 16)).AsSingle();
    }

    private static Vector256<float> ToSingle(Vector256<uint> halves)
    {
        var magnitude = (Vector256.ShiftLeft(halves & Vector256.Create(0x7fffu), 13).AsSingle() * exponent).AsUInt32();
        return (magnitude | Vector256.ShiftLeft(halves & Vector256.Create(0x8000u), 16)).AsSingle();
    }
}
