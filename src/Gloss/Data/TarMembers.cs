using System.Formats.Tar;
using System.Text;

namespace Gloss.Data;

/// <summary>The members of a tar file, past places that are broken.</summary>
internal sealed class TarMembers : IDisposable
{
    private const int BlockSize = 512;
    private readonly string path;
    private readonly DatasetReading reading;
    private readonly FileStream stream;
    private TarReader tar;
    private long end;

    public TarMembers(string path, DatasetReading reading)
    {
        (this.path, this.reading) = (path, reading);
        stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        tar = new TarReader(stream, leaveOpen: true);
    }

    /// <summary>The archive's bytes.</summary>
    public long Length => stream.Length;

    /// <summary>The next member; null at the end. Behind a broken header the next good one is sought.</summary>
    /// <exception cref="DatasetException">A header is broken, where that is an error.</exception>
    public TarEntry? Next()
    {
        while (true)
        {
            try
            {
                if (tar.GetNextEntry() is not { } entry)
                    return null;
                end = Math.Max(end, (entry.DataOffset + entry.Length + BlockSize - 1) / BlockSize * BlockSize);
                return entry;
            }
            catch (Exception error)
                when (error is InvalidDataException or EndOfStreamException or FormatException or IOException
                or OverflowException)
            {
                reading.Fail(
                    new DatasetException(
                    $"{path} is no whole tar file · {error.Message} · hint: is the download complete?", error));
                if (!SeekHeader())
                    return null;
                tar.Dispose();
                tar = new TarReader(stream, leaveOpen: true);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tar.Dispose();
        stream.Dispose();
    }

    private bool SeekHeader()
    {
        var block = new byte[BlockSize];
        stream.Position = Math.Min(end + BlockSize, stream.Length);
        while (stream.ReadAtLeast(block, BlockSize, throwOnEndOfStream: false) == BlockSize)
        {
            if (!IsHeader(block))
                continue;
            stream.Position -= BlockSize;
            end = stream.Position;
            return true;
        }
        return false;
    }

    // A header holds the sum of its bytes, its own eight places counted as blanks.
    private static bool IsHeader(byte[] block)
    {
        var digits = Encoding.ASCII.GetString(block, 148, 8).Trim('\0', ' ');
        if (digits.Length == 0 || digits.Any(c => c is < '0' or > '7'))
            return false;
        var sum = 0;
        for (var i = 0; i < block.Length; i++)
            sum += i is >= 148 and < 156 ? ' ' : block[i];
        return Convert.ToInt32(digits, 8) == sum && block[0] != 0;
    }
}
