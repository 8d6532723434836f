namespace Gloss.Torch;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes tensors to a file, atomically: a reader sees the old file or the whole new one. The order is that of the
    /// names, so equal tensors give equal bytes.
    /// </summary>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var entries = new List<KeyValuePair<string, SafetensorsEntry>>();
        long position = 0;
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            var length = tensor.ElementCount * tensor.Type.SizeInBytes();
            entries.Add(new(name, new SafetensorsEntry(tensor.Type, tensor.Shape, position, length)));
            position += length;
        }
        var header = SafetensorsHeader.Write(entries, metadata);

        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            foreach (var (name, _) in entries)
                stream.Write(tensors[name].ToBytes());
        });
    }
}
