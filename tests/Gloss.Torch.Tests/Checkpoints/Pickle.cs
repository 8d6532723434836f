using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Gloss.Torch.Tests.Checkpoints;

/// <summary>Writes pickles, and the containers of torch around them, instruction by instruction.</summary>
internal sealed class Pickle
{
    private readonly List<byte> code = [0x80, 2];

    public Pickle Op(params ReadOnlySpan<byte> raw)
    {
        code.AddRange(raw);
        return this;
    }

    public Pickle Op(char instruction) => Op((byte)instruction);

    public Pickle Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X').Op(BitConverter.GetBytes(utf8.Length)).Op(utf8);
    }

    public Pickle Int(long value)
    {
        var digits = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(digits, value);
        return Op(0x8a, 8).Op(digits);
    }

    public Pickle Global(string module, string name) => Op('c').Op(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public Pickle Tuple(params ReadOnlySpan<long> values)
    {
        Op('(');
        foreach (var value in values)
            Int(value);
        return Op('t');
    }

    /// <summary>A storage, as a persistent id.</summary>
    public Pickle Storage(string type, string key, long count) =>
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Op('t').Op('Q');

    /// <summary>A tensor over a storage.</summary>
    public Pickle Tensor(string type, string key, long count, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(type, key, count).Int(offset).Tuple(shape)
            .Tuple(strides)
            .Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    public byte[] ToArray() => [.. code, (byte)'.'];

    /// <summary>
    /// A zip archive as torch.save writes it; a key that begins with a dot names another entry of the archive.
    /// </summary>
    public byte[] ToZip(CompressionLevel level = CompressionLevel.NoCompression,
        params (string Key, byte[] Data)[] storages)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put("model/data.pkl", ToArray());
            Put("model/byteorder", "little"u8.ToArray());
            foreach (var (key, data) in storages)
                Put(key.StartsWith('.') ? $"model/{key[1..]}" : $"model/data/{key}", data);

            void Put(string name, byte[] data)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(data);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A file as torch.save wrote it before 1.6.</summary>
    public byte[] ToLegacy(params (string Key, int Count, byte[] Data)[] storages)
    {
        var keys = new Pickle().Op(']').Op('(');
        foreach (var (key, _, _) in storages)
            keys.Text(key);
        List<byte> file = [
            0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.',
            .. new Pickle().Op((byte)'M', 0xe9, 0x03).ToArray(),
            .. new Pickle().Op('}').Text("little_endian").Op(0x88).Op('s').ToArray(),
            .. ToArray(), .. keys.Op('e').ToArray()];
        foreach (var (_, count, data) in storages)
            file.AddRange([.. BitConverter.GetBytes((long)count), .. data]);
        return [.. file];
    }
}
