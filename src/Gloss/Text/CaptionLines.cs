using System.Text;

namespace Gloss.Text;

/// <summary>Reads lines of UTF-8 from strangers: what is no UTF-8 is told, and no line fills the memory.</summary>
internal sealed class CaptionLines(Stream stream) : IDisposable
{
    private const int MaxBytes = 4 << 20;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly byte[] block = new byte[1 << 16];
    private readonly MemoryStream line = new();
    private int at;
    private int end;

    /// <summary>The number of the line read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Reads a line without its end; what is over 4 MiB of it is left out.</summary>
    public bool Read(out string text, out bool isValid)
    {
        line.SetLength(0);
        var any = false;
        while (true)
        {
            if (at == end)
            {
                (at, end) = (0, stream.Read(block));
                if (end == 0)
                    break;
            }
            any = true;
            var stop = Array.IndexOf(block, (byte)'\n', at, end - at);
            var length = (stop < 0 ? end : stop) - at;
            line.Write(block, at, (int)Math.Min(length, MaxBytes - line.Length));
            at += length;
            if (stop >= 0)
            {
                at++;
                break;
            }
        }
        var bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
        if (Number == 0 && bytes is [0xEF, 0xBB, 0xBF, ..])
            bytes = bytes[3..];
        if (bytes is [.., (byte)'\r'])
            bytes = bytes[..^1];
        Number += any ? 1 : 0;
        try
        {
            (text, isValid) = (Strict.GetString(bytes), true);
        }
        catch (DecoderFallbackException)
        {
            (text, isValid) = (Encoding.UTF8.GetString(bytes), false);
        }
        return any;
    }

    public void Dispose() => line.Dispose();
}
