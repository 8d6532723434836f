using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Text.Parsing;

/// <summary>
/// A matrix of bytes with a scale for each row, laid out for products with vectors of bytes: groups of 32 outputs, four
/// inputs of each side by side, as the processor's dot products of bytes (VNNI) take them, in the order in which they
/// are read. Inputs are values from -1 to 1, as 128 + 127 · value. Sums of products are whole numbers, the same on
/// every processor.
/// </summary>
internal sealed class ByteMatrix
{
    private const int Lanes = 8;
    private const int Group = 32;
    private const int GroupBytes = 4 * Group; // of four inputs
    private readonly sbyte[] packed; // [group of 32 outputs][4 inputs][output][input]
    private readonly int[] offsets; // 128 · sum of a row
    private readonly float[] scales; // scale of a row / 127
    private readonly int quads; // inputs / 4

    /// <summary>Packs rows; there are as many outputs as rows, filled up to a multiple of 64.</summary>
    public ByteMatrix(ByteRows rows)
    {
        Inputs = rows.Columns;
        if (Inputs % 4 != 0)
            throw new InvalidDataException($"parser: expected rows of a multiple of 4 numbers, got {Inputs}");
        Stride = (rows.Count + (2 * Group) - 1) / (2 * Group) * (2 * Group);
        quads = Inputs / 4;
        packed = new sbyte[Stride * Inputs];
        offsets = new int[Stride];
        scales = new float[Stride];
        for (var row = 0; row < rows.Count; row++)
        {
            var values = rows.Row(row);
            var sum = 0;
            for (var k = 0; k < Inputs; k++)
            {
                packed[At(row, k)] = values[k];
                sum += values[k];
            }
            offsets[row] = 128 * sum;
            scales[row] = rows.Scales[row] / 127;
        }
    }

    /// <summary>Numbers of an input row.</summary>
    public int Inputs { get; }

    /// <summary>Numbers of an output row: the rows of the matrix, filled up to a multiple of 64.</summary>
    public int Stride { get; }

    /// <summary>Adds the products of input rows to output rows.</summary>
    /// <param name="inputs">Rows of <see cref="Inputs"/> bytes.</param>
    /// <param name="outputs">As many rows of <see cref="Stride"/> sums.</param>
    public void MultiplyAdd(ReadOnlySpan<byte> inputs, Span<float> outputs) =>
        Multiply(inputs, outputs, Stride, outputs);

    /// <summary>Writes a bias and the products of input rows into output rows.</summary>
    /// <param name="inputs">Rows of <see cref="Inputs"/> bytes.</param>
    /// <param name="bias">A row of <see cref="Stride"/> numbers.</param>
    /// <param name="outputs">Takes as many rows of <see cref="Stride"/> sums.</param>
    public void Multiply(ReadOnlySpan<byte> inputs, ReadOnlySpan<float> bias, Span<float> outputs) =>
        Multiply(inputs, bias, 0, outputs);

    // The addends of a row begin addendStride behind those of the row before.
    private void Multiply(ReadOnlySpan<byte> inputs, ReadOnlySpan<float> addends, int addendStride, Span<float> outputs)
    {
        var count = inputs.Length / Inputs;
        if (outputs.Length < count * Stride || addends.Length < Stride)
            throw new ArgumentException($"expected room for {count} rows of {Stride}, got {outputs.Length}",
                nameof(outputs));
        var row = 0;
        if (AvxVnni.IsSupported && count >= 3)
        {
            row = count / 3 * 3;
            // A group's weights stay in the nearest cache while all rows pass.
            for (var first = 0; first < Stride; first += Group)
            {
                for (var r = 0; r < row; r += 3)
                {
                    AddThree(ref MemoryMarshal.GetReference(inputs[(r * Inputs)..]), first,
                        ref Unsafe.AsRef(in addends[r * addendStride]), addendStride, ref outputs[r * Stride]);
                }
            }
        }
        for (; row < count; row++)
        {
            var input = inputs.Slice(row * Inputs, Inputs);
            var addend = addends.Slice(row * addendStride, Stride);
            var output = outputs.Slice(row * Stride, Stride);
            if (AvxVnni.IsSupported)
                AddOne(input, addend, output);
            else if (Avx2.IsSupported)
                AddOneByPairs(input, addend, output);
            else
                AddOneByOne(input, addend, output);
        }
    }

    private int At(int row, int input) => (((row / Group * quads) + (input / 4)) * GroupBytes) + (row % Group * 4)
        + (input % 4);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOne(ReadOnlySpan<byte> input, ReadOnlySpan<float> addend, Span<float> output)
    {
        ref var a = ref Unsafe.As<byte, int>(ref MemoryMarshal.GetReference(input));
        ref var o = ref MemoryMarshal.GetReference(output);
        ref var d = ref MemoryMarshal.GetReference(addend);
        for (var first = 0; first < Stride; first += 2 * Group)
        {
            ref var w = ref packed[At(first, 0)];
            ref var v = ref packed[At(first + Group, 0)];
            Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default,
                s6 = default, s7 = default;
            for (var k = 0; k < quads; k++)
            {
                var x = Vector256.Create(Unsafe.Add(ref a, k)).AsByte();
                s0 = AvxVnni.MultiplyWideningAndAdd(s0, x, Vector256.LoadUnsafe(ref w));
                s1 = AvxVnni.MultiplyWideningAndAdd(s1, x, Vector256.LoadUnsafe(ref w, 32));
                s2 = AvxVnni.MultiplyWideningAndAdd(s2, x, Vector256.LoadUnsafe(ref w, 64));
                s3 = AvxVnni.MultiplyWideningAndAdd(s3, x, Vector256.LoadUnsafe(ref w, 96));
                s4 = AvxVnni.MultiplyWideningAndAdd(s4, x, Vector256.LoadUnsafe(ref v));
                s5 = AvxVnni.MultiplyWideningAndAdd(s5, x, Vector256.LoadUnsafe(ref v, 32));
                s6 = AvxVnni.MultiplyWideningAndAdd(s6, x, Vector256.LoadUnsafe(ref v, 64));
                s7 = AvxVnni.MultiplyWideningAndAdd(s7, x, Vector256.LoadUnsafe(ref v, 96));
                w = ref Unsafe.Add(ref w, GroupBytes);
                v = ref Unsafe.Add(ref v, GroupBytes);
            }
            StoreFour(s0, s1, s2, s3, first, ref d, ref o);
            StoreFour(s4, s5, s6, s7, first + Group, ref d, ref o);
        }
    }

    // Three rows and a group of outputs: as many sums as there are registers for. Optimized at once, as all inner loops
    // here: what .NET compiles at first is several times as slow, and much of a short run would be over before it
    // compiles again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddThree(ref byte input, int first, ref float addend, int addendStride, ref float output)
    {
        ref var a = ref Unsafe.As<byte, int>(ref input);
        ref var w = ref packed[At(first, 0)];
        Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default,
        b3 = default,
            c0 = default, c1 = default, c2 = default, c3 = default;
        for (var k = 0; k < quads; k++)
        {
            var x = Vector256.Create(Unsafe.Add(ref a, k)).AsByte();
            var y = Vector256.Create(Unsafe.Add(ref a, k + quads)).AsByte();
            var z = Vector256.Create(Unsafe.Add(ref a, k + (2 * quads))).AsByte();
            var w0 = Vector256.LoadUnsafe(ref w);
            a0 = AvxVnni.MultiplyWideningAndAdd(a0, x, w0);
            b0 = AvxVnni.MultiplyWideningAndAdd(b0, y, w0);
            c0 = AvxVnni.MultiplyWideningAndAdd(c0, z, w0);
            var w1 = Vector256.LoadUnsafe(ref w, 32);
            a1 = AvxVnni.MultiplyWideningAndAdd(a1, x, w1);
            b1 = AvxVnni.MultiplyWideningAndAdd(b1, y, w1);
            c1 = AvxVnni.MultiplyWideningAndAdd(c1, z, w1);
            var w2 = Vector256.LoadUnsafe(ref w, 64);
            a2 = AvxVnni.MultiplyWideningAndAdd(a2, x, w2);
            b2 = AvxVnni.MultiplyWideningAndAdd(b2, y, w2);
            c2 = AvxVnni.MultiplyWideningAndAdd(c2, z, w2);
            var w3 = Vector256.LoadUnsafe(ref w, 96);
            a3 = AvxVnni.MultiplyWideningAndAdd(a3, x, w3);
            b3 = AvxVnni.MultiplyWideningAndAdd(b3, y, w3);
            c3 = AvxVnni.MultiplyWideningAndAdd(c3, z, w3);
            w = ref Unsafe.Add(ref w, GroupBytes);
        }
        StoreFour(a0, a1, a2, a3, first, ref addend, ref output);
        StoreFour(b0, b1, b2, b3, first, ref Unsafe.Add(ref addend, addendStride), ref Unsafe.Add(ref output, Stride));
        StoreFour(c0, c1, c2, c3, first, ref Unsafe.Add(ref addend, 2 * addendStride),
            ref Unsafe.Add(ref output, 2 * Stride));
    }

    // Without VNNI: bytes widened to pairs of 16 bits, whose products are summed by pairs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOneByPairs(ReadOnlySpan<byte> input, ReadOnlySpan<float> addend, Span<float> output)
    {
        ref var o = ref MemoryMarshal.GetReference(output);
        ref var d = ref MemoryMarshal.GetReference(addend);
        Span<short> wide = stackalloc short[Inputs];
        for (var k = 0; k < Inputs; k++)
            wide[k] = input[k];
        ref var a = ref Unsafe.As<short, long>(ref MemoryMarshal.GetReference(wide));
        for (var first = 0; first < Stride; first += Lanes)
        {
            ref var w = ref packed[At(first, 0)];
            Vector256<int> low = default, high = default;
            for (var k = 0; k < quads; k++)
            {
                var x = Vector256.Create(Unsafe.Add(ref a, k)).AsInt16();
                var bytes = Vector256.LoadUnsafe(ref w, (nuint)(k * GroupBytes));
                var (first16, last16) = Vector256.Widen(bytes);
                low = Vector256.Add(low, Avx2.MultiplyAddAdjacent(first16, x));
                high = Vector256.Add(high, Avx2.MultiplyAddAdjacent(last16, x));
            }
            // Lanes 2i and 2i + 1 belong to output i.
            var sums = Avx2.Permute4x64(Avx2.HorizontalAdd(low, high).AsInt64(), 0b11_01_10_00).AsInt32();
            Store(sums, first, ref d, ref o);
        }
    }

    private void AddOneByOne(ReadOnlySpan<byte> input, ReadOnlySpan<float> addend, Span<float> output)
    {
        for (var n = 0; n < Stride; n++)
        {
            var sum = 0;
            for (var k = 0; k < Inputs; k++)
                sum += input[k] * packed[At(n, k)];
            output[n] = addend[n] + ((sum - offsets[n]) * scales[n]);
        }
    }

    /// <summary>The slow way that every processor has; for tests.</summary>
    internal void MultiplyAddSlowly(ReadOnlySpan<byte> input, Span<float> output, bool byPairs)
    {
        if (byPairs && Avx2.IsSupported)
            AddOneByPairs(input, output, output);
        else
            AddOneByOne(input, output, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreFour(Vector256<int> s0, Vector256<int> s1, Vector256<int> s2, Vector256<int> s3, int first,
        ref float addend, ref float output)
    {
        Store(s0, first, ref addend, ref output);
        Store(s1, first + 8, ref addend, ref output);
        Store(s2, first + 16, ref addend, ref output);
        Store(s3, first + 24, ref addend, ref output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(Vector256<int> sums, int first, ref float addend, ref float output)
    {
        var corrected = Vector256.ConvertToSingle(sums - Vector256.LoadUnsafe(ref offsets[first]))
            * Vector256.LoadUnsafe(ref scales[first]);
        (Vector256.LoadUnsafe(ref addend, (nuint)first) + corrected).StoreUnsafe(ref output, (nuint)first);
    }
}
