using System.Text.Json.Nodes;
using Gloss.Images;

namespace Gloss.Tests.Images;

/// <summary>Every reference picture, read as Pillow reads it or refused as Pillow refuses it.</summary>
public sealed class ImageParityTests
{
    private static readonly ImageDecoder Plain = new(ImageDecoderOptions.Pillow);
    private static readonly ImageDecoder Turned = new(ImageDecoderOptions.Pillow with { IsUpright = true });

    [Fact]
    public void Decode_ReadableFiles_GivePillowsPixels()
    {
        var faults = new List<string>();
        var read = 0;
        foreach (var entry in ImageReference.Entries().Where(entry => (bool)entry["readable"]!))
        {
            var file = (string)entry["file"]!;
            try
            {
                var path = ImageReference.File(file);
                Compare(Plain.Decode(path), $"rgb/{file}", entry, "", faults);
                if (entry["oriented_rgb_sha256"] is not null)
                    Compare(Turned.Decode(path), $"oriented/{file}", entry, "oriented_", faults);
                read++;
            }
            catch (ImageException error)
            {
                faults.Add(error.Message);
            }
        }
        Assert.Empty(faults);
        Assert.Equal(50, read);
    }

    [Fact]
    public void Decode_UnreadableFiles_AreRefusedInOneLine()
    {
        var refused = 0;
        foreach (var entry in ImageReference.Entries().Where(entry => !(bool)entry["readable"]!))
        {
            var path = ImageReference.File((string)entry["file"]!);
            var error = Assert.Throws<ImageException>(() => Plain.Decode(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            var expected = Path.GetFileNameWithoutExtension(path) switch
            {
                "truncated" or "header_only" => new[] { ImageFault.Truncated, ImageFault.Broken },
                "empty" or "text" or "html" => [ImageFault.UnknownFormat],
                "bad_crc" or "zero_width" => [ImageFault.Broken],
                _ => [ImageFault.TooLarge],
            };
            Assert.True(expected.Contains(error.Fault), $"{error.Fault}: {error.Message}");
            TestContext.Current.TestOutputHelper?.WriteLine(error.Message);
            refused++;
        }
        Assert.Equal(12, refused);
    }

    private static void Compare(RgbImage image, string key, JsonObject entry, string prefix, List<string> faults)
    {
        var width = (int)entry[prefix + "width"]!;
        var height = (int)entry[prefix + "height"]!;
        if ((image.Width, image.Height) != (width, height))
        {
            faults.Add($"{key}: expected {width} x {height}, got {image.Width} x {image.Height}");
            return;
        }
        if (ImageReference.Sha256(image.Pixels) == (string)entry[prefix + "rgb_sha256"]!)
            return;
        var expected = ImageReference.Decoded(key);
        int largest = 0;
        long sum = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs(expected[i] - image.Pixels[i]);
            largest = Math.Max(largest, difference);
            sum += difference;
        }
        faults.Add($"{key}: largest difference {largest}, mean {(double)sum / expected.Length:0.000}");
    }
}
