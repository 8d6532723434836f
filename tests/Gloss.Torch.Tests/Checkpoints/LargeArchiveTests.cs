using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Torch.Tests.Checkpoints;

/// <summary>
/// Archives of more than 4 GiB, mostly holes of the file, as torch.save writes them: with 64-bit records where they are
/// needed.
/// </summary>
public sealed class LargeArchiveTests : IDisposable
{
    private const long LargeCount = 1_200_000_000; // 4.8 GB of float32
    private const uint None32 = uint.MaxValue;
    private static readonly byte[] numbers = MemoryMarshal.AsBytes<float>([1f, 2, 3, 4, 5, 6]).ToArray();
    private readonly string path = Path.Combine(Directory.CreateTempSubdirectory("gloss-").FullName, "large.pth");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

    [Fact]
    public void Open_StorageAndEntriesPast4GiB_AreRead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a file with a hole may take its full size on the disk");
        using var live = new LiveValues();
        Write();

        using var scope = TensorScope.Begin();
        using var file = CheckpointFile.Open(path);
        var tensors = file.Root.Tensors();

        Assert.True(new FileInfo(path).Length > uint.MaxValue);
        Assert.Equal([LargeCount], tensors["all"].Shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensors["end"].Read().ToArray<float>());
        Assert.Equal([1f, 4, 2, 5, 3, 6], tensors["turned"].Read().ToArray<float>());
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensors["behind"].Read().ToArray<float>());
    }

    // The large storage first, whose last six numbers are written; then one that begins past 4 GiB; then the pickle.
    private void Write()
    {
        var pickle = new Pickle().Op('}').Op('(')
            .Text("all").Tensor("FloatStorage", "0", LargeCount, 0, [LargeCount], [1])
            .Text("end").Tensor("FloatStorage", "0", LargeCount, LargeCount - 6, [6], [1])
            .Text("turned").Tensor("FloatStorage", "0", LargeCount, LargeCount - 6, [3, 2], [1, 3])
            .Text("behind").Tensor("FloatStorage", "1", 6, 0, [2, 3], [3, 1]).Op('u').ToArray();
        using var stream = File.Create(path);
        using var directory = new MemoryStream();
        Add(stream, directory, "archive/data/0", 4 * LargeCount, numbers);
        Add(stream, directory, "archive/data/1", numbers.Length, numbers);
        Add(stream, directory, "archive/data.pkl", pickle.Length, pickle);
        var (start, length) = (stream.Position, directory.Length);
        directory.WriteTo(stream);
        var end = stream.Position;
        stream.Write([.. "PK\x06\x06"u8, .. Long(44), .. Short(45), .. Short(45), .. Int(0), .. Int(0),
            .. Long(3), .. Long(3), .. Long(length), .. Long(start)]);
        stream.Write([.. "PK\x06\x07"u8, .. Int(0), .. Long(end), .. Int(1)]);
        stream.Write([.. "PK\x05\x06"u8, .. Int(0), .. Short(3), .. Short(3), .. Int((uint)length), .. Int(None32),
            .. Short(0)]);
    }

    // An entry whose last bytes are given; what stands before them is a hole. Its data begin at a multiple of 64, as
    // torch.save has it, by a field that fills up the header.
    private static void Add(FileStream stream, MemoryStream directory, string name, long length, byte[] last)
    {
        var local = stream.Position;
        var (isLong, isFar) = (length >= None32, local >= None32);
        var (size, place) = (isLong ? None32 : (uint)length, isFar ? None32 : (uint)local);
        byte[] sizes = isLong ? [.. Long(length), .. Long(length)] : [];
        byte[] known = sizes.Length > 0 ? Field(1, sizes) : [];
        var text = Encoding.ASCII.GetBytes(name);
        byte[] head = [.. Short(45), .. Short(0), .. Short(0), .. Int(0), .. Int(0), .. Int(size), .. Int(size),
            .. Short(text.Length)];
        var before = local + 4 + head.Length + 2 + text.Length + known.Length + 4;
        var filling = Field(0x4246, new byte[(64 - before % 64) % 64]);
        var added = Short(known.Length + filling.Length);
        stream.Write([.. "PK\x03\x04"u8, .. head, .. added, .. text, .. known, .. filling]);
        Assert.Equal(0, stream.Position % 64);
        stream.Seek(length - last.Length, SeekOrigin.Current);
        stream.Write(last);

        byte[] far = [.. sizes, .. isFar ? Long(local) : []];
        byte[] extra = far.Length > 0 ? Field(1, far) : [];
        directory.Write([.. "PK\x01\x02"u8, .. Short(45), .. head, .. Short(extra.Length), .. Short(0), .. Short(0),
            .. Short(0), .. Int(0), .. Int(place), .. text, .. extra]);
    }

    private static byte[] Field(int id, byte[] content) => [.. Short(id), .. Short(content.Length), .. content];

    private static byte[] Short(int value) => BitConverter.GetBytes(checked((ushort)value));

    private static byte[] Int(uint value) => BitConverter.GetBytes(value);

    private static byte[] Long(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
