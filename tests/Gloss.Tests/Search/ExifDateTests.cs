using System.Text;

namespace Gloss.Search;

public sealed class ExifDateTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Find_DateTimeOriginal_IsRead(bool isLittle)
    {
        var found = ExifDate.Find(Jpeg(isLittle, 0x9003, "2021:07:04 18:30:05"));

        Assert.Equal(new DateTime(2021, 7, 4, 18, 30, 5), found);
    }

    [Theory]
    [InlineData("0000:00:00 00:00:00")]
    [InlineData("                   ")]
    public void Find_NoDate_IsNull(string text) => Assert.Null(ExifDate.Find(Jpeg(isLittle: true, 0x9003, text)));

    [Fact]
    public void Find_CutAnywhere_NeverThrows()
    {
        var whole = Jpeg(isLittle: false, 0x9003, "2021:07:04 18:30:05");
        for (var length = 0; length < whole.Length; length++)
            Assert.Null(ExifDate.Find(whole.AsSpan(0, length)));
        for (var i = 8; i < whole.Length; i++)
        {
            var broken = (byte[])whole.Clone();
            broken[i] ^= 0xff;
            ExifDate.Find(broken);
        }
    }

    private static byte[] Jpeg(bool isLittle, ushort tag, string date)
    {
        var tiff = new MemoryStream();
        void Number(uint value, int bytes)
        {
            for (var i = 0; i < bytes; i++)
                tiff.WriteByte((byte)(value >> (8 * (isLittle ? i : bytes - 1 - i))));
        }
        tiff.Write(isLittle ? "II*\0"u8 : "MM\0*"u8);
        Number(8, 4);
        Number(1, 2);
        (uint Value, int Bytes)[] pointer = [(0x8769, 2), (4, 2), (1, 4), (26, 4), (0, 4)];
        foreach (var (value, bytes) in pointer)
            Number(value, bytes);
        Number(1, 2);
        (uint Value, int Bytes)[] entry = [(tag, 2), (2, 2), (20, 4), (44, 4), (0, 4)];
        foreach (var (value, bytes) in entry)
            Number(value, bytes);
        tiff.Write(Encoding.ASCII.GetBytes(date));
        return [0xff, 0xd8, 0xff, 0xe1, 0, 80, .. "Exif\0\0"u8, .. tiff.ToArray()];
    }
}
