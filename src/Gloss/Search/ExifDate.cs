using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gloss.Search;

/// <summary>
/// When a photograph was taken, by its EXIF data (CIPA DC-008): DateTimeOriginal, else DateTimeDigitized, else
/// DateTime.
/// </summary>
internal static class ExifDate
{
    /// <summary>How much of a file's beginning is looked at.</summary>
    public const int BeginningBytes = 1 << 16;

    private const ushort Changed = 0x0132;
    private const ushort Exif = 0x8769;
    private const ushort Original = 0x9003;
    private const ushort Digitized = 0x9004;

    /// <summary>The date in a file's beginning, of whatever format; null where there is none.</summary>
    public static DateTime? Find(ReadOnlySpan<byte> beginning)
    {
        var at = beginning.IndexOf("Exif\0\0"u8);
        var tiff = at >= 0 ? beginning[(at + 6)..] : beginning;
        if (tiff.Length < 8 || !(tiff.StartsWith("II*\0"u8) || tiff.StartsWith("MM\0*"u8)))
            return null;
        var reader = new Tiff(tiff);
        var first = reader.UInt32(4);
        var exif = reader.Entry(first, Exif) is { } place ? reader.UInt32(place + 8) : null;
        return reader.Date(exif, Original) ?? reader.Date(exif, Digitized) ?? reader.Date(first, Changed);
    }

    private readonly ref struct Tiff(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;
        private readonly bool isLittle = bytes[0] == 'I';

        public uint? UInt32(uint at) => at > bytes.Length - 4L ? null
            : isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)at..])
                : BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)at..]);

        // Where an entry of a directory begins.
        public uint? Entry(uint? directory, ushort tag)
        {
            if (directory is not { } at || UInt16(at) is not { } count)
                return null;
            for (var i = 0u; i < count; i++)
            {
                var entry = (ulong)at + 2 + (12ul * i);
                if (entry > uint.MaxValue || UInt16((uint)entry) is not { } found)
                    return null;
                if (found == tag)
                    return (uint)entry;
            }
            return null;
        }

        public DateTime? Date(uint? directory, ushort tag)
        {
            const int length = 19;
            if (Entry(directory, tag) is not { } entry || UInt32(entry + 8) is not { } at
                || at > bytes.Length - (long)length)
                return null;
            var text = Encoding.ASCII.GetString(bytes.Slice((int)at, length));
            return DateTime.TryParseExact(text, "yyyy:MM:dd HH:mm:ss", CultureInfo.InvariantCulture,
                DateTimeStyles.None, out var date)
                && date.Year > 1800 ? date : null;
        }

        private ushort? UInt16(uint at) => at > bytes.Length - 2L ? null
            : isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(int)at..])
                : BinaryPrimitives.ReadUInt16BigEndian(bytes[(int)at..]);
    }
}
