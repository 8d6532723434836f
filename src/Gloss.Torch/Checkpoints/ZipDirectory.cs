using System.Buffers.Binary;
using System.Text;

namespace Gloss.Torch;

/// <summary>Where the entries of a zip archive lie; checked as a whole before any entry is used.</summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndLength = 22;
    private const int Stored = 0;
    private const int Deflated = 8;
    private const long MaxDeflateRatio = 1032;

    /// <summary>Reads the central directory.</summary>
    /// <exception cref="CheckpointException">The archive is broken, encrypted, or its entries overlap.</exception>
    public static Dictionary<string, ZipEntry> Read(CheckpointContext context)
    {
        var mapping = context.Mapping;
        var (start, length, count) = FindCentral(context);
        if (count > length / 46)
            throw context.Broken($"the zip directory claims {count} entries in {length} bytes");
        var entries = new Dictionary<string, ZipEntry>((int)count, StringComparer.Ordinal);
        var ranges = new List<(long Start, long End, string Name)>((int)count);
        var position = start;
        for (long i = 0; i < count; i++)
        {
            if (start + length - position < 46)
                throw context.Broken($"the zip directory ends inside entry {i} of {count}");
            var head = mapping.Bytes(position, 46);
            if (Int32(head) != CentralSignature)
                throw context.Broken($"entry {i} of the zip directory has no signature, at {position}");
            int nameLength = Int16(head[28..]), extraLength = Int16(head[30..]), commentLength = Int16(head[32..]);
            if (start + length - position - 46 < nameLength + extraLength + commentLength)
                throw context.Broken($"the zip directory ends inside entry {i} of {count}");
            var name = Encoding.UTF8.GetString(mapping.Bytes(position + 46, nameLength));
            long packed = Int32(head[20..]), unpacked = Int32(head[24..]), local = Int32(head[42..]);
            ReadExtra64(context, name, mapping.Bytes(position + 46 + nameLength, extraLength), ref unpacked,
                ref packed, ref local);
            var method = Int16(head[10..]);
            if ((Int16(head[8..]) & 1) != 0)
                throw context.Broken($"the entry '{name}' is encrypted");
            if (method is not (Stored or Deflated))
                throw context.Broken($"the entry '{name}' is compressed by method {method}",
                    "zip it anew with 'store'");
            if (method == Stored && packed != unpacked)
                throw context.Broken($"the stored entry '{name}' claims {packed} and {unpacked} bytes");

            var dataStart = DataStart(context, name, local, start);
            if (packed < 0 || unpacked < 0 || packed > start - dataStart)
                throw context.Broken(
                    $"the entry '{name}' claims {packed} bytes from {dataStart}, the directory begins at {start}");
            if (method == Deflated && unpacked / MaxDeflateRatio > packed)
                throw context.Broken(
                    $"the entry '{name}' claims to unpack from {packed} to {unpacked} bytes, which deflate cannot");
            if (!entries.TryAdd(name, new ZipEntry(name, dataStart, packed, unpacked, method == Deflated)))
                throw context.Broken($"the entry '{name}' stands twice in the archive");
            ranges.Add((local, dataStart + packed, name));
            position += 46 + nameLength + extraLength + commentLength;
        }

        ranges.Sort((a, b) => a.Start.CompareTo(b.Start));
        for (var i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
                throw context.Broken($"the entries '{ranges[i - 1].Name}' and '{ranges[i].Name}' overlap");
        }
        return entries;
    }

    private static (long Start, long Length, long Count) FindCentral(CheckpointContext context)
    {
        var mapping = context.Mapping;
        var tailLength = Math.Min(mapping.Length, EndLength + ushort.MaxValue);
        var tail = mapping.Bytes(mapping.Length - tailLength, tailLength);
        for (var i = tail.Length - EndLength; i >= 0; i--)
        {
            if (Int32(tail[i..]) != EndSignature || Int16(tail[(i + 20)..]) != tail.Length - i - EndLength)
                continue;
            long count = Int16(tail[(i + 10)..]), length = Int32(tail[(i + 12)..]), start = Int32(tail[(i + 16)..]);
            var end = mapping.Length - tailLength + i;
            if (count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue)
                (start, length, count, end) = FindCentral64(context, end);
            if (start < 0 || length < 0 || count < 0 || start > end || length > end - start)
                throw context.Broken(
                    $"the zip directory claims {length} bytes from {start}, the file has {mapping.Length}");
            return (start, length, count);
        }
        throw context.Broken("the zip archive has no end record");
    }

    private static (long Start, long Length, long Count, long End) FindCentral64(CheckpointContext context, long end)
    {
        var mapping = context.Mapping;
        if (end < 20 || Int32(mapping.Bytes(end - 20, 4)) != Locator64Signature)
            throw context.Broken("the zip archive has no 64-bit end record");
        var at = Int64(mapping.Bytes(end - 12, 8));
        if (at < 0 || at > end - 20 - 56)
            throw context.Broken($"the 64-bit end record is said to lie at {at}, the file has {mapping.Length} bytes");
        var record = mapping.Bytes(at, 56);
        if (Int32(record) != End64Signature)
            throw context.Broken($"there is no 64-bit end record at {at}");
        return (Int64(record[48..]), Int64(record[40..]), Int64(record[32..]), at);
    }

    // Sizes that do not fit into 32 bits stand in the extra field 1, in this order, only where they are needed.
    private static void ReadExtra64(CheckpointContext context, string name, ReadOnlySpan<byte> extra, ref long unpacked,
        ref long packed, ref long local)
    {
        if (unpacked != uint.MaxValue && packed != uint.MaxValue && local != uint.MaxValue)
            return;
        while (extra.Length >= 4)
        {
            int id = Int16(extra), length = Int16(extra[2..]);
            if (length > extra.Length - 4)
                break;
            var field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            if (id != 1)
                continue;
            Take(ref field, ref unpacked);
            Take(ref field, ref packed);
            Take(ref field, ref local);
            return;
        }
        throw context.Broken($"the entry '{name}' lacks its 64-bit sizes");

        void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue)
                return;
            if (field.Length < 8)
                throw context.Broken($"the entry '{name}' lacks its 64-bit sizes");
            value = Int64(field);
            field = field[8..];
        }
    }

    private static long DataStart(CheckpointContext context, string name, long local, long directory)
    {
        if (local < 0 || local > directory - 30)
            throw context.Broken($"the entry '{name}' is said to begin at {local}, the directory at {directory}");
        var head = context.Mapping.Bytes(local, 30);
        if (Int32(head) != LocalSignature)
            throw context.Broken($"the entry '{name}' has no header at {local}");
        var start = local + 30 + Int16(head[26..]) + Int16(head[28..]);
        return start <= directory
            ? start : throw context.Broken($"the header of the entry '{name}' runs into the directory");
    }

    private static int Int16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint Int32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Int64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
