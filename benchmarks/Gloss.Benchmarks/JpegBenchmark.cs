using System.Diagnostics;
using Gloss.Images;

namespace Gloss.Benchmarks;

/// <summary>
/// What a camera's JPEG of 12 megapixels costs on one thread: decoded at full size and resized, or decoded at the least
/// of 1/2, 1/4, 1/8 that stays above twice the encoder's side; and how far the encoder's pixels then differ.
/// </summary>
internal static class JpegBenchmark
{
    private const int Photographs = 8;

    public static void Run(BenchmarkOptions options)
    {
        var files = Pictures.FilesOf(options).Take(Photographs).ToArray();
        var decoder = new ImageDecoder();
        var jpegs = files.Select(file => ImageEncoder.Encode(
            ImageResizer.Resize(decoder.Decode(file), 4000, 3000, ResizeFilter.Bicubic), ".jpg")).ToArray();
        var side = 2 * Encoder.Side;
        var (full, fullTime) = Decode(jpegs, decoder);
        var (reduced, reducedTime) = Decode(jpegs, new ImageDecoder(new() { MinimumSize = new ImageSize(side, side) }));
        var difference = full.Zip(reduced, (a, b) => a.Zip(b, (x, y) => (double)Math.Abs(x - y)).Average()).Average();
        Console.WriteLine($"full size {fullTime.TotalMilliseconds / jpegs.Length:0.0} ms a photograph · reduced "
            + $"{reducedTime.TotalMilliseconds / jpegs.Length:0.0} ms · pixels differ by {difference:0.00} of 255 on "
            + $"the average");
    }

    private static (List<byte[]> Pixels, TimeSpan Time) Decode(byte[][] jpegs, ImageDecoder decoder)
    {
        var best = TimeSpan.MaxValue;
        List<byte[]> pixels = [];
        for (var pass = 0; pass < 3; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            pixels = jpegs.Select(jpeg => decoder.DecodeResized(jpeg, "photograph",
                new ImageSize(Encoder.Side, Encoder.Side),
                ResizeFilter.Bilinear).Pixels).ToList();
            var time = Stopwatch.GetElapsedTime(start);
            best = time < best ? time : best;
        }
        return (pixels, best);
    }
}
