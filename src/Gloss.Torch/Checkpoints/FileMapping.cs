using System.IO.MemoryMappedFiles;

namespace Gloss.Torch;

/// <summary>
/// A copy-on-write view of a whole file, shared by the file object and the tensors over it: pages are read when they are
/// used, writing to them does not change the file, and the last owner unmaps.
/// </summary>
internal sealed unsafe class FileMapping : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private int owners = 1;

    /// <summary>Maps a file that is not empty.</summary>
    public FileMapping(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        Length = stream.Length;
        file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite,
            HandleInheritability.None, leaveOpen: false);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start + view.PointerOffset;
    }

    /// <summary>The first byte.</summary>
    public byte* Start { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Bytes of the file; the caller has checked that they are there.</summary>
    public ReadOnlySpan<byte> Bytes(long start, long length)
    {
        if (start < 0 || length < 0 || length > Length - start)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"{length} bytes from there, the file has {Length}");
        return new ReadOnlySpan<byte>(Start + start, checked((int)length));
    }

    /// <summary>One more owner, who disposes it too.</summary>
    public FileMapping Share()
    {
        Interlocked.Increment(ref owners);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref owners) != 0)
            return;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
