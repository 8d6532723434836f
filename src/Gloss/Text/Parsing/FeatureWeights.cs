using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gloss.Text.Parsing;

/// <summary>
/// Weights of a linear classifier with at most 64 labels: one row of 64 signed bytes (a cache line) for each feature,
/// found by the feature's 32-bit hash.
/// </summary>
internal sealed class FeatureWeights
{
    /// <summary>Labels in a row; a classifier with fewer leaves the rest zero.</summary>
    public const int RowLength = 64;

    private readonly uint[] slots;
    private readonly int[] rowOfSlot;
    private readonly sbyte[] rows;
    private readonly int shift;

    /// <summary>Makes the table from keys (none is 0, none twice) and their rows, in the same order.</summary>
    public FeatureWeights(uint[] keys, sbyte[] rows)
    {
        if (rows.Length != keys.Length * RowLength)
        {
            throw new ArgumentException(
                $"feature weights: expected {keys.Length} rows of {RowLength}, got {rows.Length} values", nameof(rows));
        }
        this.rows = rows;
        Keys = keys;
        var bits = 4;
        while ((1L << bits) < keys.Length * 2L)
            bits++;
        shift = 32 - bits;
        slots = new uint[1 << bits];
        rowOfSlot = new int[1 << bits];
        for (var row = 0; row < keys.Length; row++)
        {
            var slot = (int)(keys[row] * 2654435769u >> shift);
            while (slots[slot] != 0)
                slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = keys[row];
            rowOfSlot[slot] = row * RowLength;
        }
    }

    /// <summary>The features, in the order of their rows.</summary>
    public uint[] Keys { get; }

    /// <summary>The rows, one after the other.</summary>
    public ReadOnlySpan<sbyte> Rows => rows;

    /// <summary>Adds the rows of all given features into 64 scores; unknown features add nothing.</summary>
    public void Score(ReadOnlySpan<uint> features, Span<short> scores)
    {
        var sum0 = Vector256<short>.Zero;
        var sum1 = Vector256<short>.Zero;
        var sum2 = Vector256<short>.Zero;
        var sum3 = Vector256<short>.Zero;
        foreach (var key in features)
        {
            var slot = (int)(key * 2654435769u >> shift);
            while (slots[slot] != 0 && slots[slot] != key)
                slot = (slot + 1) & (slots.Length - 1);
            if (slots[slot] == 0)
                continue;
            ref var row = ref rows[rowOfSlot[slot]];
            var (a, b) = Vector256.Widen(Vector256.LoadUnsafe(ref row));
            var (c, d) = Vector256.Widen(Vector256.LoadUnsafe(ref row, 32));
            sum0 += a;
            sum1 += b;
            sum2 += c;
            sum3 += d;
        }
        sum0.StoreUnsafe(ref MemoryMarshal.GetReference(scores));
        sum1.StoreUnsafe(ref MemoryMarshal.GetReference(scores), 16);
        sum2.StoreUnsafe(ref MemoryMarshal.GetReference(scores), 32);
        sum3.StoreUnsafe(ref MemoryMarshal.GetReference(scores), 48);
    }

    /// <summary>Writes keys and rows.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Keys.Length);
        writer.Write(MemoryMarshal.AsBytes(Keys.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(rows.AsSpan()));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static FeatureWeights Read(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count is < 0 or > 1 << 22)
            throw new InvalidDataException($"feature weights: expected at most {1 << 22} rows, got {count}");
        var keys = new uint[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(keys.AsSpan()));
        var rows = new sbyte[count * RowLength];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan()));
        return new FeatureWeights(keys, rows);
    }
}
