namespace Gloss.Data;

/// <summary>A file that lies, as it is, inside an archive.</summary>
/// <param name="Archive">The archive's path.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct PackedFile(string Archive, long Offset, int Length)
{
    /// <summary>Its bytes; safe on several threads at once.</summary>
    /// <exception cref="DatasetException">The archive is shorter than it was.</exception>
    public byte[] Read()
    {
        using var handle = File.OpenHandle(Archive, options: FileOptions.RandomAccess);
        var bytes = new byte[Length];
        for (var read = 0; read < Length;)
        {
            var count = RandomAccess.Read(handle, bytes.AsSpan(read), Offset + read);
            if (count == 0)
                throw new DatasetException(
                    $"{Archive} · expected {Length} bytes at {Offset}, the archive ends after {read} of them");
            read += count;
        }
        return bytes;
    }
}
