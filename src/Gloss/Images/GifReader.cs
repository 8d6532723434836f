using System.Buffers.Binary;

namespace Gloss.Images;

/// <summary>
/// The first frame of a GIF, laid on its canvas. Read here because libvips' reader blanks transparent pixels, where
/// alpha dropped means that the stored colour shows.
/// </summary>
internal static class GifReader
{
    public static bool Knows(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 6 && (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8));

    public static RgbImage Read(ReadOnlySpan<byte> bytes, string name, ImageLimits limits)
    {
        var at = 13;
        Need(bytes, at, name);
        int width = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        CheckSize(width, height, name, limits);
        var palette = Palette(bytes, ref at, bytes[10], name);
        var transparent = -1;
        while (true)
        {
            Need(bytes, at + 1, name);
            switch (bytes[at++])
            {
                case 0x21: // an extension: its label, then blocks
                    Need(bytes, at + 1, name);
                    var isControl = bytes[at++] == 0xF9;
                    for (int length; (length = Block(bytes, at, name)) > 0; at += length + 1)
                    {
                        if (isControl && length >= 4)
                            transparent = (bytes[at + 1] & 1) != 0 ? bytes[at + 4] : -1;
                    }
                    at++;
                    break;
                case 0x2C:
                    return Frame(bytes, at, (width, height), palette, transparent, (name, limits));
                case 0x3B:
                    throw Broken(name, "a GIF without a frame");
                default:
                    break; // Pillow, too, looks for the next block
            }
        }
    }

    private static RgbImage Frame(ReadOnlySpan<byte> bytes, int at, (int Width, int Height) canvas, byte[]? palette,
        int transparent, (string Name, ImageLimits Limits) context)
    {
        Need(bytes, at + 9, context.Name);
        int left = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        int top = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
        int width = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 4)..]);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 6)..]);
        var flags = bytes[at + 8];
        at += 9;
        CheckSize(width, height, context.Name, context.Limits);
        // A frame that leaves the canvas widens it.
        canvas = (Math.Max(canvas.Width, left + width), Math.Max(canvas.Height, top + height));
        CheckSize(canvas.Width, canvas.Height, context.Name, context.Limits);
        palette = Palette(bytes, ref at, flags, context.Name) ?? palette ?? Grays();

        var image = new RgbImage(canvas.Width, canvas.Height);
        var covers = left == 0 && top == 0 && (width, height) == canvas;
        if (!covers)
        {
            for (var i = 0; i < image.Pixels.Length; i += 3)
                palette.AsSpan(3 * Math.Max(transparent, 0), 3).CopyTo(image.Pixels.AsSpan(i));
        }
        var indices = Unpack(bytes, at, width * height, context.Name);
        var isInterlaced = (flags & 0x40) != 0;
        for (var row = 0; row < height; row++)
        {
            var y = top + (isInterlaced ? InterlacedRow(row, height) : row);
            var target = image.Pixels.AsSpan(3 * ((y * canvas.Width) + left), 3 * width);
            var source = indices.AsSpan(row * width, width);
            for (var x = 0; x < width; x++)
                palette.AsSpan(3 * source[x], 3).CopyTo(target[(3 * x)..]);
        }
        return image;
    }

    // LZW with codes that grow from minimum + 1 to 12 bits, packed from the low bit over blocks of up to 255 bytes.
    private static byte[] Unpack(ReadOnlySpan<byte> bytes, int at, int count, string name)
    {
        Need(bytes, at + 1, name);
        int minimum = bytes[at++];
        if (minimum is < 1 or > 11)
            throw Broken(name, $"GIF codes of {minimum} bits");
        var clear = 1 << minimum;
        var prefixes = new short[4096];
        var suffixes = new byte[4096];
        var stack = new byte[4097];
        for (var i = 0; i < Math.Min(clear, 256); i++)
            suffixes[i] = (byte)i;
        int width = minimum + 1, next = clear + 2, previous = -1, first = 0;
        int bits = 0, held = 0, left = 0;
        var indices = new byte[count];
        var written = 0;
        while (written < count)
        {
            while (held < width)
            {
                if (left == 0)
                {
                    left = Block(bytes, at++, name);
                    if (left == 0)
                        throw Truncated(name);
                }
                bits |= bytes[at++] << held;
                held += 8;
                left--;
            }
            var code = bits & ((1 << width) - 1);
            bits >>= width;
            held -= width;
            if (code == clear)
            {
                (width, next, previous) = (minimum + 1, clear + 2, -1);
                continue;
            }
            if (code == clear + 1)
                throw Truncated(name);
            if (code > next || (code == next && previous < 0) || (previous < 0 && code >= clear))
                throw Broken(name, "a GIF code that is not in its table");
            // A code not in the table yet is the previous string and its own first value.
            var depth = 0;
            var walk = code;
            if (code == next)
            {
                stack[depth++] = (byte)first;
                walk = previous;
            }
            for (; walk >= clear + 2; walk = prefixes[walk])
                stack[depth++] = suffixes[walk];
            first = suffixes[walk];
            stack[depth++] = (byte)first;
            while (depth > 0 && written < count)
                indices[written++] = stack[--depth];
            if (previous >= 0 && next < 4096)
            {
                prefixes[next] = (short)previous;
                suffixes[next++] = (byte)first;
                if (next == 1 << width && width < 12)
                    width++;
            }
            previous = code;
        }
        return indices;
    }

    // Rows come in four passes: every 8th from 0, every 8th from 4, every 4th from 2, every 2nd from 1.
    private static int InterlacedRow(int row, int height)
    {
        foreach (var (start, step) in stackalloc[] { (0, 8), (4, 8), (2, 4), (1, 2) })
        {
            var rows = (height - start + step - 1) / step;
            if (row < rows)
                return start + (row * step);
            row -= Math.Max(rows, 0);
        }
        return height - 1;
    }

    private static byte[]? Palette(ReadOnlySpan<byte> bytes, ref int at, byte flags, string name)
    {
        if ((flags & 0x80) == 0)
            return null;
        var length = 3 << ((flags & 7) + 1);
        Need(bytes, at + length, name);
        var palette = new byte[256 * 3];
        bytes.Slice(at, length).CopyTo(palette);
        at += length;
        return palette;
    }

    private static byte[] Grays()
    {
        var palette = new byte[256 * 3];
        for (var i = 0; i < palette.Length; i++)
            palette[i] = (byte)(i / 3);
        return palette;
    }

    private static int Block(ReadOnlySpan<byte> bytes, int at, string name)
    {
        Need(bytes, at + 1, name);
        Need(bytes, at + 1 + bytes[at], name);
        return bytes[at];
    }

    private static void CheckSize(int width, int height, string name, ImageLimits limits)
    {
        if (width < 1 || height < 1)
            throw Broken(name, $"the header claims {width} x {height} pixels");
        limits.Check(name, width, height);
    }

    private static void Need(ReadOnlySpan<byte> bytes, int length, string name)
    {
        if (bytes.Length < length)
            throw Truncated(name);
    }

    private static ImageException Truncated(string name) =>
        new(ImageFault.Truncated, name, "the GIF data end before the picture does");

    private static ImageException Broken(string name, string what) =>
        new(ImageFault.Broken, name, $"broken picture: {what}");
}
