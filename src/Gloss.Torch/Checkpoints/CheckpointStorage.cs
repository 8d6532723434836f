using System.IO.Compression;

namespace Gloss.Torch;

/// <summary>
/// A run of elements in a file. They are used where they lie in the mapped file; only those that lie at no multiple of
/// their size, or are compressed, are copied, once.
/// </summary>
internal sealed unsafe class CheckpointStorage : IDisposable
{
    // Spans end at 2 GiB, storages do not.
    private const int PartBytes = 1 << 30;

    private readonly CheckpointContext context;
    private long start = -1;
    private long packedLength = -1;
    private Tensor? values;

    public CheckpointStorage(CheckpointContext context, string key, ScalarType type, long elementCount)
    {
        this.context = context;
        Key = key;
        Type = type;
        ElementCount = elementCount;
    }

    /// <summary>The name by which the pickle knows the storage.</summary>
    public string Key { get; }

    public ScalarType Type { get; }

    public long ElementCount { get; }

    public long ByteCount => ElementCount * Type.SizeInBytes();

    /// <summary>Says where the elements lie; the caller has checked that the file has them.</summary>
    public void Place(long start, long? packedLength = null)
    {
        this.start = start;
        this.packedLength = packedLength ?? -1;
    }

    /// <summary>All elements, (ElementCount); the tensor stays the storage's.</summary>
    public Tensor Values() => values ??= TensorScope.Outside(Load);

    /// <summary>
    /// Frees the memory of the elements that lie in the mapped file; they are read again when they are used again.
    /// </summary>
    public void Release()
    {
        if (start >= 0 && packedLength < 0)
            context.Mapping.Release(start, ByteCount);
    }

    public void Dispose() => values?.Dispose();

    private Tensor Load()
    {
        if (ElementCount == 0)
            return Tensors.Empty([0], Type);
        if (start < 0)
            throw context.Broken($"the storage '{Key}' is not in the file");
        var first = context.Mapping.Start + start;
        if (packedLength < 0 && (nint)first % Type.SizeInBytes() == 0)
            return Tensor.Wrap(first, Type, [ElementCount], context.Mapping.Share());

        if (packedLength >= 0)
            context.TakeInflated(ByteCount, Key);
        var copy = Tensors.Empty([ByteCount], ScalarType.UInt8);
        try
        {
            Fill(first, (byte*)copy.DataPointer());
            return Tensor.Wrap(copy.DataPointer(), Type, [ElementCount], copy);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private void Fill(byte* first, byte* target)
    {
        if (packedLength < 0)
        {
            Buffer.MemoryCopy(first, target, ByteCount, ByteCount);
            return;
        }
        try
        {
            using var packed = new UnmanagedMemoryStream(first, packedLength);
            using var inflate = new DeflateStream(packed, CompressionMode.Decompress);
            for (long done = 0; done < ByteCount; done += PartBytes)
                inflate.ReadExactly(new Span<byte>(target + done, (int)Math.Min(PartBytes, ByteCount - done)));
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw context.Broken($"the compressed storage '{Key}' does not unpack to {ByteCount} bytes");
        }
    }
}
