using System.Text;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// A message of protocol buffers, written field by field (protobuf.dev/programming-guides/encoding): as much as ONNX
/// needs.
/// </summary>
internal sealed class ProtobufMessage
{
    private const int VariableInteger = 0;
    private const int Delimited = 2;
    private const int FourBytes = 5;

    private readonly List<byte> written = [];

    public ProtobufMessage Integer(int field, long value)
    {
        Key(field, VariableInteger);
        Variable((ulong)value);
        return this;
    }

    public ProtobufMessage Float(int field, float value)
    {
        Key(field, FourBytes);
        written.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public ProtobufMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Key(field, Delimited);
        Variable((ulong)value.Length);
        written.AddRange(value);
        return this;
    }

    public ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufMessage Message(int field, ProtobufMessage value) => Bytes(field, value.ToArray());

    public byte[] ToArray() => [.. written];

    private void Key(int field, int kind) => Variable((ulong)(field << 3 | kind));

    private void Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            written.Add((byte)(value | 0x80));
        written.Add((byte)value);
    }
}
