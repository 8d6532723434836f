using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Gloss.Images;

namespace Gloss.Tests.Images;

/// <summary>Pictures made here, written and read back.</summary>
public sealed class ImageDecoderTests
{
    private static readonly ImageDecoder Decoder = new();

    [Theory]
    [InlineData(".png", 0)]
    [InlineData(".jpg", 12)]
    [InlineData(".webp", 16)]
    public void Decode_WhatWasEncoded_IsTheSamePicture(string extension, int tolerance)
    {
        var image = Ramp(33, 21);
        var back = Decoder.Decode(ImageEncoder.Encode(image, extension, quality: 95), "ramp");
        Assert.Equal((33, 21), (back.Width, back.Height));
        for (var i = 0; i < image.Pixels.Length; i++)
            Assert.InRange(back.Pixels[i] - image.Pixels[i], -tolerance, tolerance);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 0, 1)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 1, 0)]
    [InlineData(9, 0, 0)]
    public void Decode_ExifOrientation_BringsTheTopLeftPixelUp(int orientation, int cornerX, int cornerY)
    {
        // A quarter is white; the corner of the stored picture that must come to the top left.
        var image = new RgbImage(32, 16);
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 16; x++)
                image.Pixels.AsSpan(3 * (((y + (8 * cornerY)) * 32) + x + (16 * cornerX)), 3).Fill(255);
        }
        var jpeg = WithOrientation(ImageEncoder.Encode(image, ".jpg"), orientation);
        var upright = Decoder.Decode(jpeg, "turned.jpg");
        Assert.Equal(orientation is >= 5 and <= 8 ? (16, 32) : (32, 16), (upright.Width, upright.Height));
        Assert.True(upright.Pixels[0] > 200);
        Assert.True(upright.Pixels[^1] < 50);
        var stored = new ImageDecoder(new ImageDecoderOptions { IsUpright = false }).Decode(jpeg, "turned.jpg");
        Assert.Equal((32, 16), (stored.Width, stored.Height));
    }

    [Fact]
    public void Decode_MinimumSize_ReducesJpegsButNeverBelow()
    {
        var jpeg = ImageEncoder.Encode(Ramp(640, 480), ".jpg");
        foreach (var (least, width, height) in new[]
        {
            (new ImageSize(260, 260), 640, 480), (new ImageSize(240, 240), 320, 240),
            (new ImageSize(150, 100), 160, 120),
            (new ImageSize(1, 1), 80, 60), (new ImageSize(641, 1), 640, 480),
        })
        {
            var got = new ImageDecoder(new ImageDecoderOptions { MinimumSize = least }).Decode(jpeg, "large.jpg");
            Assert.Equal((width, height), (got.Width, got.Height));
        }
        var turned = WithOrientation(jpeg, 6);
        var upright = new ImageDecoder(new ImageDecoderOptions { MinimumSize = new ImageSize(240, 320) });
        Assert.Equal((240, 320), (upright.Decode(turned, "t").Width, upright.Decode(turned, "t").Height));
    }

    [Fact]
    public void DecodeResized_AnyFormat_EqualsDecodingThenResizing()
    {
        foreach (var bytes in new[] { ImageEncoder.Encode(Ramp(90, 70), ".jpg"),
            ImageEncoder.Encode(Ramp(90, 70), ".png"),
            Bitmap(24, 0, [], [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0]) })
        {
            Assert.Equal(ImageResizer.Resize(Decoder.Decode(bytes, "p"), 31, 40, ResizeFilter.Bicubic).Pixels,
                Decoder.DecodeResized(bytes, "p", new ImageSize(31, 40), ResizeFilter.Bicubic).Pixels);
        }
        Assert.Throws<ImageException>(
            () => Decoder.DecodeResized(ImageEncoder.Encode(Ramp(90, 70), ".jpg").AsSpan(0, 700), "cut",
                new ImageSize(3, 4),
                ResizeFilter.Bilinear));
    }

    [Fact]
    public void Decode_Gray16_KeepsTheHighByteOrClips()
    {
        var pgm = (byte[])[.. "P5\n2 1\n65535\n"u8, 0x12, 0x34, 0x00, 0x56];
        Assert.Equal(new byte[] { 0x12, 0x12, 0x12, 0, 0, 0 }, Decoder.Decode(pgm, "gray.pgm").Pixels);
        Assert.Equal(new byte[] { 255, 255, 255, 0x56, 0x56, 0x56 },
            new ImageDecoder(ImageDecoderOptions.Pillow).Decode(pgm, "gray.pgm").Pixels);
    }

    [Fact]
    public void Decode_Bitmaps_OfEveryKind()
    {
        byte[] red = [255, 0, 0], blue = [0, 0, 255];
        byte[] expected = [.. red, .. blue, .. blue, .. red];
        byte[] palette = [0, 0, 255, 0, 255, 0, 0, 0];
        Assert.Equal(expected, Decoder.Decode(Bitmap(1, 0, palette, [0x80, 0, 0, 0, 0x40, 0, 0, 0]), "1").Pixels);
        Assert.Equal(expected, Decoder.Decode(Bitmap(4, 0, palette, [0x10, 0, 0, 0, 0x01, 0, 0, 0]), "4").Pixels);
        Assert.Equal(expected, Decoder.Decode(Bitmap(8, 0, palette, [1, 0, 0, 0, 0, 1, 0, 0]), "8").Pixels);
        Assert.Equal(expected, Decoder.Decode(Bitmap(8, 1, palette, [1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1]),
            "rle8").Pixels);
        Assert.Equal(expected, Decoder.Decode(Bitmap(4, 2, palette, [2, 0x10, 0, 0, 2, 0x01, 0, 1]), "rle4").Pixels);
        Assert.Equal(expected,
            Decoder.Decode(Bitmap(16, 0, [], [0x1F, 0, 0, 0x7C, 0, 0x7C, 0x1F, 0]), "16").Pixels);
        Assert.Equal(expected,
            Decoder.Decode(Bitmap(24, 0, [], [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0]), "24").Pixels);
        byte[] fields = [0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0];
        Assert.Equal(expected, Decoder.Decode(
            Bitmap(32, 3, fields, [0, 255, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 0, 0]), "32").Pixels);
        var cut = Assert.Throws<ImageException>(() => Decoder.Decode(Bitmap(24, 0, [], [1, 2, 3]), "cut.bmp"));
        Assert.Equal(ImageFault.Truncated, cut.Fault);
    }

    [Fact]
    public void Decode_Limits_AreCheckedByTheHeaderBeforeMemoryIsTaken()
    {
        var bombs = new Dictionary<string, byte[]>
        {
            ["png"] = PngHeader(60000, 60000),
            ["gif"] = [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x2C],
            ["ppm"] = [.. "P6\n60000 60000\n255\n"u8, 1, 2, 3],
            ["bmp"] = Bitmap(24, 0, [], [0], 60000, 60000),
        };

        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        foreach (var (kind, bytes) in bombs)
        {
            var error = Assert.Throws<ImageException>(() => Decoder.Decode(bytes, "bomb." + kind));
            Assert.True(error.Fault == ImageFault.TooLarge, error.Message);
            Assert.Contains("178956970", error.Message, StringComparison.Ordinal);
        }
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Decode_ReferenceBombs_TakeNoMemory()
    {
        var path = ImageReference.File("bomb_60000.png");
        Assert.Throws<ImageException>(() => Decoder.Decode(path));
        using var process = Process.GetCurrentProcess();
        var before = process.PeakWorkingSet64;
        foreach (var name in new[] { "bomb_60000.png", "bomb_65500.jpg", "bomb_gif.gif", "bomb_just_over.png" })
        {
            path = ImageReference.File(name);
            Assert.Equal(ImageFault.TooLarge, Assert.Throws<ImageException>(() => Decoder.Decode(path)).Fault);
        }
        process.Refresh();
        Assert.InRange(process.PeakWorkingSet64 - before, 0, 50 << 20);
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".bmp")]
    public void Decode_LongerSideThanAllowed_IsRefused(string extension)
    {
        var wide = extension == ".bmp" ? WideBmp(70_000) : ImageEncoder.Encode(new RgbImage(70_000, 1), extension);

        var error = Assert.Throws<ImageException>(() => new ImageDecoder().Decode(wide, "wide"));

        Assert.Equal(ImageFault.TooLarge, error.Fault);
        Assert.Contains("65535", error.Message, StringComparison.Ordinal);
        var decoder = new ImageDecoder(new ImageDecoderOptions { Limits = new ImageLimits { MaxSide = 70_000 } });
        Assert.Equal(70_000, decoder.Decode(wide, "wide").Width);
    }

    // A run-length coded picture of one row, all of it in a few bytes.
    private static byte[] WideBmp(int width)
    {
        var bytes = new byte[14 + 40 + 1024 + 2];
        "BM"u8.CopyTo(bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(2), bytes.Length);
        BitConverter.TryWriteBytes(bytes.AsSpan(10), 14 + 40 + 1024);
        BitConverter.TryWriteBytes(bytes.AsSpan(14), 40);
        BitConverter.TryWriteBytes(bytes.AsSpan(18), width);
        BitConverter.TryWriteBytes(bytes.AsSpan(22), 1);
        BitConverter.TryWriteBytes(bytes.AsSpan(26), (short)1);
        BitConverter.TryWriteBytes(bytes.AsSpan(28), (short)8);
        BitConverter.TryWriteBytes(bytes.AsSpan(30), 1);
        bytes[^1] = 1;
        return bytes;
    }

    [Fact]
    public void Decode_SetLimits_ChangeWhatIsAccepted()
    {
        var png = ImageEncoder.Encode(Ramp(20, 10), ".png");
        Assert.Equal(20, Limited(new ImageLimits { MaxPixels = 200 }).Decode(png, "p").Width);
        Assert.Equal(ImageFault.TooLarge, Assert.Throws<ImageException>(
            () => Limited(new ImageLimits { MaxPixels = 199 }).Decode(png, "p")).Fault);
        Assert.Equal(20, Limited(new ImageLimits { MaxBytes = png.Length }).Decode(png, "p").Width);
        var error = Assert.Throws<ImageException>(
            () => Limited(new ImageLimits { MaxBytes = png.Length - 1 }).Decode(png, "p.png"));
        Assert.Equal(ImageFault.TooLarge, error.Fault);
        Assert.Contains($"got {png.Length}", error.Message, StringComparison.Ordinal);
        var faults = Assert.Throws<ArgumentException>(() => Limited(new ImageLimits { MaxBytes = 0, MaxPixels = -1 }));
        Assert.Contains("MaxBytes", faults.Message, StringComparison.Ordinal);
        Assert.Contains("MaxPixels", faults.Message, StringComparison.Ordinal);

        static ImageDecoder Limited(ImageLimits limits) => new(new ImageDecoderOptions { Limits = limits });
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".webp")]
    public void Decode_CutAnywhere_IsRefusedInOneLine(string extension)
    {
        var bytes = ImageEncoder.Encode(ImageResizerTests.Noise(64, 48, seed: 5), extension);
        for (var length = 0; length < bytes.Length * 9 / 10; length += bytes.Length / 25)
        {
            var error = Assert.Throws<ImageException>(() => Decoder.Decode(bytes.AsSpan(0, length), "cut"));
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Decode_RandomDamage_NeverCrashes()
    {
        var generator = new Random(7);
        byte[][] kinds =
        [
            ImageEncoder.Encode(Ramp(40, 30), ".jpg"), ImageEncoder.Encode(Ramp(40, 30), ".png"),
            ImageEncoder.Encode(Ramp(40, 30), ".webp"), Bitmap(8, 1, new byte[8], [1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1]),
            [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 1, 2, 3, 9, 8, 7, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 2,
                5, 0, 0x3B],
        ];
        var limited = new ImageDecoder(new ImageDecoderOptions { Limits = new ImageLimits { MaxPixels = 1 << 20 } });
        for (var i = 0; i < 500; i++)
        {
            var bytes = (byte[])kinds[i % kinds.Length].Clone();
            for (var damage = 0; damage < 4; damage++)
                bytes[generator.Next(bytes.Length)] = (byte)generator.Next(256);
            try
            {
                var image = limited.Decode(bytes, "damaged");
                Assert.Equal(3 * image.Width * image.Height, image.Pixels.Length);
            }
            catch (ImageException error)
            {
                Assert.NotEqual(ImageFault.Native, error.Fault);
            }
        }
    }

    [Theory]
    [InlineData("%PDF-1.4\n1 0 obj\n")]
    [InlineData("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>")]
    [InlineData("1,2,3\n4,5,6\n")]
    [InlineData("push graphic-context\nviewbox 0 0 9 9\n")]
    public void Decode_FormatsThatAreNotPhotographs_AreNotOpened(string text)
    {
        var error = Assert.Throws<ImageException>(() => Decoder.Decode(Encoding.UTF8.GetBytes(text), "strange.jpg"));
        Assert.Equal(ImageFault.UnknownFormat, error.Fault);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_NoFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var missing = Path.Combine(folder.Path, "none.jpg");
        var error = Assert.Throws<ImageException>(() => Decoder.Decode(missing));
        Assert.Equal((ImageFault.Missing, $"no such file · {missing}"), (error.Fault, error.Message));
        Assert.Contains("a folder", Assert.Throws<ImageException>(() => Decoder.Decode(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ManyThreads_AgreeWithOne()
    {
        var files = new[] { ".jpg", ".png", ".webp" }.Select(kind => ImageEncoder.Encode(Ramp(90, 70), kind)).ToArray();
        var expected = files.Select(bytes => ImageReference.Sha256(Decoder.Decode(bytes, "f").Pixels)).ToArray();
        Parallel.For(0, 90, i => Assert.Equal(expected[i % 3],
            ImageReference.Sha256(Decoder.Decode(files[i % 3], "f").Pixels)));
    }

    [Fact]
    public void Save_OverAnOldFile_LeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "é out.png");
        ImageEncoder.Save(Ramp(5, 4), path);
        ImageEncoder.Save(Ramp(9, 7), path);
        Assert.Equal(Ramp(9, 7).Pixels, Decoder.Decode(path).Pixels);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Throws<ArgumentException>(() => ImageEncoder.Save(Ramp(5, 4), Path.Combine(folder.Path, "out.tga")));
        var error = Assert.Throws<ImageException>(
            () => ImageEncoder.Save(Ramp(5, 4), Path.Combine(path, "out.png")));
        Assert.Equal(ImageFault.NotWritten, error.Fault);
    }

    internal static RgbImage Ramp(int width, int height)
    {
        var image = new RgbImage(width, height);
        for (int y = 0, i = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, i += 3)
                (image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]) =
                    ((byte)(255 * x / width), (byte)(255 * y / height), 128);
        }
        return image;
    }

    internal static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0,
            (byte)orientation, 0, 0,
            0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    // 2 x 2 unless told, bottom row first.
    private static byte[] Bitmap(int bits, int compression, byte[] afterHeader, byte[] data, int width = 2,
        int height = 2)
    {
        var header = new byte[54];
        "BM"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(10), 54 + afterHeader.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(22), height);
        header[26] = 1;
        header[28] = (byte)bits;
        header[30] = (byte)compression;
        return [.. header, .. afterHeader, .. data];
    }

    private static byte[] PngHeader(int width, int height)
    {
        var bytes = new byte[33];
        new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13 }.CopyTo(bytes, 0);
        "IHDR"u8.CopyTo(bytes.AsSpan(12));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        bytes[24] = 8;
        bytes[25] = 2;
        return bytes;
    }
}
