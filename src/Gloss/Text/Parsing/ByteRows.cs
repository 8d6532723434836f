namespace Gloss.Text.Parsing;

/// <summary>Rows of numbers as bytes with a scale for each row: how a parser's weights are stored.</summary>
internal sealed class ByteRows
{
    private readonly sbyte[] values;

    private ByteRows(sbyte[] values, float[] scales, int columns)
    {
        this.values = values;
        Scales = scales;
        Columns = columns;
    }

    /// <summary>Rows.</summary>
    public int Count => Scales.Length;

    /// <summary>Numbers of a row.</summary>
    public int Columns { get; }

    /// <summary>What a byte of each row is worth.</summary>
    public float[] Scales { get; }

    /// <summary>Rounds numbers to bytes; the largest of a row becomes ±127.</summary>
    public static ByteRows Of(ReadOnlySpan<float> numbers, int columns)
    {
        var count = numbers.Length / columns;
        var values = new sbyte[numbers.Length];
        var scales = new float[count];
        for (var row = 0; row < count; row++)
        {
            var source = numbers.Slice(row * columns, columns);
            var largest = 0f;
            foreach (var x in source)
                largest = Math.Max(largest, Math.Abs(x));
            scales[row] = largest / 127;
            for (var k = 0; k < columns && largest > 0; k++)
                values[(row * columns) + k] = (sbyte)MathF.Round(source[k] / scales[row]);
        }
        return new ByteRows(values, scales, columns);
    }

    /// <summary>The bytes of a row.</summary>
    public ReadOnlySpan<sbyte> Row(int row) => values.AsSpan(row * Columns, Columns);

    /// <summary>Adds a row's numbers.</summary>
    public void AddRow(int row, Span<float> sum)
    {
        var bytes = Row(row);
        var scale = Scales[row];
        for (var k = 0; k < sum.Length; k++)
            sum[k] += bytes[k] * scale;
    }

    /// <summary>All numbers.</summary>
    public float[] ToFloats()
    {
        var result = new float[values.Length];
        for (var row = 0; row < Count; row++)
            AddRow(row, result.AsSpan(row * Columns, Columns));
        return result;
    }

    /// <summary>Rows of several tables of equal width, one behind the other.</summary>
    public static ByteRows Join(params ReadOnlySpan<ByteRows> parts)
    {
        var (values, scales) = (new List<sbyte>(), new List<float>());
        foreach (var part in parts)
        {
            if (part.Columns != parts[0].Columns)
                throw new InvalidDataException(
                    $"parser: expected rows of {parts[0].Columns} numbers, got {part.Columns}");
            values.AddRange(part.values);
            scales.AddRange(part.Scales);
        }
        return new ByteRows([.. values], [.. scales], parts[0].Columns);
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        writer.Write(Columns);
        foreach (var scale in Scales)
            writer.Write(scale);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
    }

    /// <summary>Reads rows.</summary>
    /// <exception cref="InvalidDataException">The sizes are not those expected.</exception>
    public static ByteRows Read(BinaryReader reader, int count, int columns)
    {
        var (gotCount, gotColumns) = (reader.ReadInt32(), reader.ReadInt32());
        if (gotCount != count || gotColumns != columns)
            throw new InvalidDataException(
                $"parser: expected a table of {count} × {columns}, got {gotCount} × {gotColumns}");
        var scales = new float[count];
        for (var i = 0; i < count; i++)
            scales[i] = reader.ReadSingle();
        var values = new sbyte[count * columns];
        reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return new ByteRows(values, scales, columns);
    }
}
