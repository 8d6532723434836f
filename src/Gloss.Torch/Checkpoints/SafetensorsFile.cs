using System.Text.Json;

namespace Gloss.Torch;

/// <summary>
/// A safetensors file, memory-mapped: tensors share the file's pages until they are copied. Tensors stay valid after
/// the file object is disposed. Format: 8 bytes little-endian header length, a JSON header, the data
/// (github.com/huggingface/safetensors).
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MaxHeaderBytes = 100_000_000;
    private readonly FileMapping mapping;
    private readonly string path;

    private SafetensorsFile(string path, FileMapping mapping, long dataStart,
        IReadOnlyDictionary<string, SafetensorsEntry> entries,
        IReadOnlyDictionary<string, string> metadata)
    {
        this.path = path;
        this.mapping = mapping;
        DataStart = dataStart;
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>The free texts of the header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where the tensors' data begins.</summary>
    internal long DataStart { get; }

    /// <summary>Opens a file and checks its header against the file's length.</summary>
    /// <exception cref="CheckpointException">The file is not well-formed.</exception>
    public static SafetensorsFile Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length < 8)
            throw Broken(path, $"{length} bytes, expected at least 8");
        var mapping = new FileMapping(path);
        try
        {
            var headerLength = *(ulong*)mapping.Start;
            if (headerLength > MaxHeaderBytes || (long)headerLength > length - 8)
                throw Broken(path, $"the header claims {headerLength} bytes, the file has {length}");
            var header = new ReadOnlySpan<byte>(mapping.Start + 8, (int)headerLength);
            var (entries, metadata) = SafetensorsHeader.Read(path, header, length - 8 - (long)headerLength);
            return new SafetensorsFile(path, mapping, 8 + (long)headerLength, entries, metadata);
        }
        // JsonDocument reports bytes that are no UTF-8, and halves of surrogates, by InvalidOperationException.
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            mapping.Dispose();
            throw new CheckpointException($"{path} is no safetensors file · the header is no JSON: {error.Message}",
                error);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>One tensor over the file's pages; writing to it does not change the file. The caller owns it.</summary>
    /// <exception cref="CheckpointException">The file has no such entry.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var start = mapping.Start + DataStart + entry.Start;
        // Elements that do not stand at a multiple of their size are copied: libtorch's kernels expect alignment.
        if ((nint)start % entry.Type.SizeInBytes() != 0)
            return Tensor.FromBytes(new ReadOnlySpan<byte>(start, checked((int)entry.Length)), entry.Type, entry.Shape);
        return Tensor.Wrap(start, entry.Type, entry.Shape, mapping.Share());
    }

    /// <summary>A copy of one tensor's elements as float32, made without libtorch.</summary>
    /// <exception cref="CheckpointException">The file has no such entry, or its elements are no floats.</exception>
    public float[] ReadFloats(string name)
    {
        var entry = Find(name);
        var values = new float[entry.Length / entry.Type.SizeInBytes()];
        var start = mapping.Start + DataStart + entry.Start;
        switch (entry.Type)
        {
            case ScalarType.Float32:
                new ReadOnlySpan<float>(start, values.Length).CopyTo(values);
                break;
            case ScalarType.Float16:
                for (var i = 0; i < values.Length; i++)
                    values[i] = (float)((Half*)start)[i];
                break;
            case ScalarType.BFloat16:
                for (var i = 0; i < values.Length; i++)
                    values[i] = BitConverter.Int32BitsToSingle(((ushort*)start)[i] << 16);
                break;
            default:
                throw new CheckpointException($"{path}: '{name}' holds {entry.Type}, expected floats");
        }
        return values;
    }

    /// <summary>A copy of one tensor's elements as they lie in the file, made without libtorch.</summary>
    /// <exception cref="CheckpointException">The file has no such entry.</exception>
    public byte[] ReadBytes(string name)
    {
        var entry = Find(name);
        return new ReadOnlySpan<byte>(mapping.Start + DataStart + entry.Start, checked((int)entry.Length)).ToArray();
    }

    /// <summary>All tensors, by name; the caller owns them.</summary>
    public Dictionary<string, Tensor> ReadAll() =>
        Entries.Keys.ToDictionary(name => name, Read, StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => mapping.Dispose();

    private SafetensorsEntry Find(string name) => Entries.TryGetValue(name, out var entry)
        ? entry
        : throw new CheckpointException(
            $"{path} has no tensor '{name}' · it has {string.Join(", ", Entries.Keys.Take(8))} …");

    internal static CheckpointException Broken(string path, string what) =>
        new($"{path} is no safetensors file · {what} · hint: is the download complete?");
}
