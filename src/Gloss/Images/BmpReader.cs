using System.Buffers.Binary;
using System.Numerics;

namespace Gloss.Images;

/// <summary>
/// Windows and OS/2 bitmaps: 1, 4, 8 (palette), 16, 24, 32 bits, bit fields, run lengths. Read here because libvips has
/// only ImageMagick for them, whose readers are not opened to unknown files.
/// </summary>
internal static class BmpReader
{
    private const int Raw = 0, RunLength8 = 1, RunLength4 = 2, BitFields = 3, AlphaBitFields = 6;

    public static bool Knows(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 26 && bytes[0] == 'B' && bytes[1] == 'M'
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]) is 12 or 40 or 52 or 56 or 64 or 108 or 124;

    public static RgbImage Read(ReadOnlySpan<byte> bytes, string name, ImageLimits limits)
    {
        var header = Header.Parse(bytes, name, limits);
        var data = bytes[Math.Min(header.DataOffset, bytes.Length)..];
        if (header.Compression is not (RunLength8 or RunLength4))
            CheckLength(data.Length, header.RowBytes * header.Height, name);
        var image = new RgbImage(header.Width, header.Height);
        if (header.Compression is RunLength8 or RunLength4)
            ReadRuns(data, header, image, name);
        else
            ReadRows(data, header, image);
        return image;
    }

    private static void ReadRows(ReadOnlySpan<byte> data, Header header, RgbImage image)
    {
        for (var y = 0; y < header.Height; y++)
        {
            var row = data.Slice((int)(header.RowBytes * y), (int)header.RowBytes);
            var target = Row(image, header, y);
            for (var x = 0; x < header.Width; x++)
            {
                var pixel = target.Slice(3 * x, 3);
                switch (header.Bits)
                {
                    case 24:
                        (pixel[0], pixel[1], pixel[2]) = (row[(3 * x) + 2], row[(3 * x) + 1], row[3 * x]);
                        break;
                    case 16:
                        header.Fields(BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..]), pixel);
                        break;
                    case 32:
                        header.Fields(BinaryPrimitives.ReadUInt32LittleEndian(row[(4 * x)..]), pixel);
                        break;
                    default:
                        var first = x * header.Bits;
                        var shift = 8 - header.Bits - (first & 7);
                        header.Colour((row[first >> 3] >> shift) & ((1 << header.Bits) - 1), pixel);
                        break;
                }
            }
        }
    }

    // Pairs (count, value); count 0 escapes: 0 end of row, 1 end of picture, 2 move by (dx, dy), n literal values.
    private static void ReadRuns(ReadOnlySpan<byte> data, Header header, RgbImage image, string name)
    {
        var nibbles = header.Compression == RunLength4;
        for (var y = 0; y < header.Height; y++)
        {
            var row = Row(image, header, y);
            for (var i = 0; i < header.Width; i++)
                header.Colour(0, row.Slice(3 * i, 3));
        }
        int at = 0, x = 0, line = 0;
        while (line < header.Height)
        {
            CheckLength(data.Length, at + 2, name);
            int count = data[at], value = data[at + 1];
            at += 2;
            if (count > 0)
            {
                for (var i = 0; i < count; i++)
                    Put(nibbles ? ((i & 1) == 0 ? value >> 4 : value & 15) : value);
            }
            else if (value == 0)
            {
                (x, line) = (0, line + 1);
            }
            else if (value == 1)
            {
                return;
            }
            else if (value == 2)
            {
                CheckLength(data.Length, at + 2, name);
                (x, line) = (x + data[at], line + data[at + 1]);
                at += 2;
            }
            else
            {
                var length = nibbles ? (value + 1) / 2 : value;
                CheckLength(data.Length, at + length, name);
                for (var i = 0; i < value; i++)
                {
                    var one = data[at + (nibbles ? i / 2 : i)];
                    Put(nibbles ? ((i & 1) == 0 ? one >> 4 : one & 15) : one);
                }
                at += length + (length & 1);
            }
        }

        void Put(int index)
        {
            if (x < header.Width && line < header.Height)
                header.Colour(index, Row(image, header, line).Slice(3 * x, 3));
            x++;
        }
    }

    private static Span<byte> Row(RgbImage image, Header header, int storedRow)
    {
        var y = header.IsTopDown ? storedRow : header.Height - 1 - storedRow;
        return image.Pixels.AsSpan(3 * y * header.Width, 3 * header.Width);
    }

    private static void CheckLength(long got, long expected, string name)
    {
        if (got < expected)
            throw new ImageException(ImageFault.Truncated, name, "the BMP data end before the picture does",
                $"{expected} bytes of pixels", $"{got}");
    }

    private sealed class Header
    {
        private readonly byte[] _palette;
        private readonly (int Shift, uint Max)[] _fields;

        private Header(byte[] palette, (int Shift, uint Max)[] fields) => (_palette, _fields) = (palette, fields);

        public int Width { get; private init; }

        public int Height { get; private init; }

        public int Bits { get; private init; }

        public int Compression { get; private init; }

        public int DataOffset { get; private init; }

        public bool IsTopDown { get; private init; }

        public long RowBytes => ((((long)Width * Bits) + 31) / 32) * 4;

        public static Header Parse(ReadOnlySpan<byte> bytes, string name, ImageLimits limits)
        {
            var offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[10..]);
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[14..]);
            CheckLength(bytes.Length, 14 + size, name);
            var old = size == 12;
            long width = old ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..])
                : BinaryPrimitives.ReadInt32LittleEndian(bytes[18..]);
            long height = old ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..])
                : BinaryPrimitives.ReadInt32LittleEndian(bytes[22..]);
            int bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(old ? 24 : 28)..]);
            var compression = old ? Raw : BinaryPrimitives.ReadInt32LittleEndian(bytes[30..]);
            var isTopDown = height < 0;
            height = Math.Abs(height);
            if (width < 1 || height < 1)
                throw Broken(name, $"the header claims {width} x {height} pixels");
            limits.Check(name, width, height);
            var isKnown = compression switch
            {
                Raw => bits is 1 or 2 or 4 or 8 or 16 or 24 or 32,
                RunLength8 => bits == 8,
                RunLength4 => bits == 4,
                BitFields or AlphaBitFields => bits is 16 or 32,
                _ => false,
            };
            if (!isKnown)
                throw Broken(name, $"BMP of {bits} bits with compression {compression} is not read");
            return new Header(Palette(bytes, size, bits, old, offset), Masks(bytes, bits, compression, name))
            {
                Width = (int)width,
                Height = (int)height,
                Bits = bits,
                Compression = compression,
                DataOffset = (int)Math.Min(offset, int.MaxValue),
                IsTopDown = isTopDown,
            };
        }

        public void Colour(int index, Span<byte> pixel) => _palette.AsSpan(3 * index, 3).CopyTo(pixel);

        public void Fields(uint value, Span<byte> pixel)
        {
            for (var i = 0; i < 3; i++)
            {
                var (shift, max) = _fields[i];
                pixel[i] = max == 0 ? (byte)0 : (byte)((ulong)((value >> shift) & max) * 255 / max);
            }
        }

        // 256 colours, black where the file has fewer.
        private static byte[] Palette(ReadOnlySpan<byte> bytes, int size, int bits, bool old, uint offset)
        {
            var palette = new byte[256 * 3];
            if (bits > 8)
                return palette;
            var entry = old ? 3 : 4;
            var end = (int)Math.Min(offset, (uint)bytes.Length);
            for (var i = 0; i < 1 << bits; i++)
            {
                var at = 14 + size + (entry * i);
                if (at + 3 > end)
                    break;
                for (var c = 0; c < 3; c++)
                    palette[(3 * i) + c] = bytes[at + 2 - c]; // blue comes first
            }
            return palette;
        }

        private static (int Shift, uint Max)[] Masks(ReadOnlySpan<byte> bytes, int bits, int compression, string name)
        {
            uint[] masks = bits == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF];
            if (compression is BitFields or AlphaBitFields)
            {
                CheckLength(bytes.Length, 66, name);
                for (var i = 0; i < 3; i++)
                    masks[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(54 + (4 * i))..]);
            }
            var fields = new (int, uint)[3];
            for (var i = 0; i < 3; i++)
            {
                var shift = masks[i] == 0 ? 0 : BitOperations.TrailingZeroCount(masks[i]);
                fields[i] = (shift, masks[i] >> shift);
            }
            return fields;
        }

        private static ImageException Broken(string name, string what) =>
            new(ImageFault.Broken, name, $"broken picture: {what}");
    }
}
