using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Text.Parsing;

/// <summary>
/// A step of long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates), whose state leaves as bytes.
/// </summary>
internal static class LstmCell
{
    /// <summary>One word's step.</summary>
    /// <param name="gates">Sums of the input, forget, candidate and output gates, each as long as the state.</param>
    /// <param name="cell">The cell's memory, a multiple of 16 numbers; changed.</param>
    /// <param name="target">Takes the new state as 128 + 127 · value.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Update(ReadOnlySpan<float> gates, Span<float> cell, Span<byte> target)
    {
        if (cell.Length % 16 != 0 || gates.Length < 4 * cell.Length || target.Length < cell.Length)
            throw new ArgumentException(
                $"expected four gates and a place for {cell.Length} numbers, got {gates.Length} and {target.Length}",
                nameof(gates));
        ref var g = ref MemoryMarshal.GetReference(gates);
        ref var c = ref MemoryMarshal.GetReference(cell);
        ref var b = ref MemoryMarshal.GetReference(target);
        var scale = Vector512.Create(127f);
        var middle = Vector512.Create(128.5f); // rounds when cut off
        var n = (nuint)cell.Length;
        for (nuint k = 0; k < n; k += 16)
        {
            var input = Sigmoid(Vector512.LoadUnsafe(ref g, k));
            var forget = Sigmoid(Vector512.LoadUnsafe(ref g, n + k));
            var candidate = Tanh(Vector512.LoadUnsafe(ref g, (2 * n) + k));
            var output = Sigmoid(Vector512.LoadUnsafe(ref g, (3 * n) + k));
            var cells = (forget * Vector512.LoadUnsafe(ref c, k)) + (input * candidate);
            cells.StoreUnsafe(ref c, k);
            var whole = Vector512.ConvertToInt32((output * Tanh(cells) * scale) + middle);
            if (Avx512F.IsSupported)
            {
                Avx512F.ConvertToVector128Byte(whole).StoreUnsafe(ref b, k);
            }
            else
            {
                for (var i = 0; i < 16; i++)
                    target[(int)k + i] = (byte)whole[i];
            }
        }
    }

    // Rational approximation of the hyperbolic tangent, as in Eigen: error below 1e-6.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Tanh(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-7.9f)), Vector512.Create(7.9f));
        var square = x * x;
        var p = Vector512.Create(-2.76076847742355e-16f);
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(2.00018790482477e-13f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-8.60467152213735e-11f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(5.12229709037114e-08f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(1.48572235717979e-05f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(6.37261928875436e-04f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(4.89352455891786e-03f));
        var q = Vector512.Create(1.19825839466702e-06f);
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(1.18534705686654e-04f));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(2.26843463243900e-03f));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(4.89352518554385e-03f));
        return x * p * Reciprocal(q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Reciprocal(Vector512<float> x)
    {
        if (!Avx512F.IsSupported)
            return Vector512<float>.One / x;
        var near = Avx512F.Reciprocal14(x);
        return near * Vector512.FusedMultiplyAdd(-near, x, Vector512.Create(2f)); // a step of Newton's
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f);
        return Vector512.FusedMultiplyAdd(Tanh(x * half), half, half);
    }
}
