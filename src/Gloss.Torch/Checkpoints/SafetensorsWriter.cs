namespace Gloss.Torch;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>
    /// Writes tensors to a file, atomically: a reader sees the old file or the whole new one. The order is that of the
    /// names, so equal tensors give equal bytes.
    /// </summary>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Write(path, [.. tensors.Select(t => new SafetensorsSource(t.Key, t.Value.Type, t.Value.Shape, () => t.Value))],
            metadata);
    }

    /// <summary>As above, with each tensor made when its turn comes: one at a time is in memory.</summary>
    /// <exception cref="ArgumentException">A tensor has another type or shape than was said, or two have one
    /// name.</exception>
    public static void Write(string path, IReadOnlyCollection<SafetensorsSource> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        SafetensorsSource[] sources = [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        var entries = new List<KeyValuePair<string, SafetensorsEntry>>();
        long position = 0;
        foreach (var source in sources)
        {
            if (entries.Count > 0 && entries[^1].Key == source.Name)
                throw new ArgumentException($"two tensors are called '{source.Name}'", nameof(tensors));
            entries.Add(new(source.Name, new SafetensorsEntry(source.Type, source.Shape, position, source.Length)));
            position += source.Length;
        }
        var header = SafetensorsHeader.Write(entries, metadata);

        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            foreach (var source in sources)
            {
                using (TensorScope.Begin())
                    Write(stream, source);
                source.Written();
            }
        });
    }

    private static unsafe void Write(Stream stream, SafetensorsSource source)
    {
        var tensor = source.Read();
        if (tensor.Type != source.Type || !tensor.Shape.AsSpan().SequenceEqual(source.Shape))
        {
            throw new ArgumentException(
                $"'{source.Name}' is {tensor}, expected {Tensor.DescribeShape(source.Shape)} {source.Type}",
                nameof(source));
        }
        if (tensor.Device.Type != DeviceType.Cpu || !tensor.IsContiguous)
            tensor = tensor.To(Device.Cpu).Contiguous();
        var start = (byte*)(source.Length == 0 ? null : tensor.DataPointer());
        for (long done = 0; done < source.Length; done += ChunkBytes)
            stream.Write(new ReadOnlySpan<byte>(start + done, (int)Math.Min(ChunkBytes, source.Length - done)));
        GC.KeepAlive(tensor);
    }
}
