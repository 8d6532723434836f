using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Gloss.Torch;

/// <summary>
/// A copy-on-write view of a whole file, shared by the file object and the tensors over it: pages are read when they
/// are used, writing to them does not change the file, and the last owner unmaps.
/// </summary>
internal sealed unsafe partial class FileMapping : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private static readonly ConcurrentDictionary<FileMapping, byte> Live = new();
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
        Live[this] = 0;
    }

    /// <summary>The first byte.</summary>
    public byte* Start { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Bytes of the file; the caller has checked that they are there.</summary>
    public ReadOnlySpan<byte> Bytes(long start, long length)
    {
        if (start < 0 || length < 0 || length > Length - start)
            throw new ArgumentOutOfRangeException(nameof(start), start,
                $"{length} bytes from there, the file has {Length}");
        return new ReadOnlySpan<byte>(Start + start, checked((int)length));
    }

    /// <summary>
    /// Frees the memory of pages that lie whole inside a range which nothing has written to; they are read again when
    /// they are used again.
    /// </summary>
    public void Release(long start, long length)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var page = (ulong)Environment.SystemPageSize;
        var first = ((ulong)(Start + start) + page - 1) / page * page;
        var end = (ulong)(Start + start + length) / page * page;
        // A hint: that it is not taken costs memory only.
        if (end > first)
            _ = madvise((void*)first, (nuint)(end - first), DoNotNeed);
    }

    /// <summary>
    /// Frees the memory of a tensor's elements where they are a file's own pages; see <see cref="Release"/>.
    /// </summary>
    public static void ReleaseIfMapped(Tensor tensor)
    {
        if (tensor.Device.Type != DeviceType.Cpu || !tensor.IsContiguous || tensor.ElementCount == 0)
            return;
        var first = (byte*)tensor.DataPointer();
        var length = tensor.ElementCount * tensor.Type.SizeInBytes();
        foreach (var mapping in Live.Keys)
        {
            if (first >= mapping.Start && first + length <= mapping.Start + mapping.Length)
                mapping.Release(first - mapping.Start, length);
        }
        GC.KeepAlive(tensor);
    }

    private const int DoNotNeed = 4;

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);

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
        Live.TryRemove(this, out _);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
