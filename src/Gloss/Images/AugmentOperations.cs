namespace Gloss.Images;

/// <summary>What each <see cref="AugmentOperation"/> does to the pixels, with the ranges of RAM's randaugment:
/// magnitude 0–10, where 5 leaves brightness and sharpness unchanged.</summary>
internal static class AugmentOperations
{
    private const double MaxMagnitude = 10, MaxShear = 0.3, MaxTranslate = 10, MaxDegrees = 30;

    public static RgbImage Apply(RgbImage image, AugmentOperation operation, double magnitude, byte fill,
        SeededGenerator generator)
    {
        var share = magnitude / MaxMagnitude;
        var enhance = 0.1 + (1.8 * share);
        return operation switch
        {
            AugmentOperation.AutoContrast => AutoContrast(image),
            AugmentOperation.Brightness => Brightness(image, enhance),
            AugmentOperation.Sharpness => Sharpness(image, enhance),
            AugmentOperation.Equalize => Equalize(image),
            AugmentOperation.ShearX => Warp(image, (1, -Signed(MaxShear), 0), (0, 1, 0), fill),
            AugmentOperation.ShearY => Warp(image, (1, 0, 0), (-Signed(MaxShear), 1, 0), fill),
            AugmentOperation.TranslateX => Warp(image, (1, 0, Signed(MaxTranslate)), (0, 1, 0), fill),
            AugmentOperation.TranslateY => Warp(image, (1, 0, 0), (0, 1, Signed(MaxTranslate)), fill),
            AugmentOperation.Rotate => Rotate(image, Signed(MaxDegrees), fill),
            _ => image,
        };

        double Signed(double largest) => (generator.NextBool(0.5) ? -1 : 1) * share * largest;
    }

    public static RgbImage Flip(RgbImage image)
    {
        var target = new byte[image.Pixels.Length];
        var row = 3 * image.Width;
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Pixels.AsSpan(y * row, row);
            var to = target.AsSpan(y * row, row);
            for (int x = 0, mirrored = row - 3; x < row; x += 3, mirrored -= 3)
                (to[x], to[x + 1], to[x + 2]) = (from[mirrored], from[mirrored + 1], from[mirrored + 2]);
        }
        return new RgbImage(image.Width, image.Height, target);
    }

    public static RgbImage Rotate(RgbImage image, double degrees, byte fill)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        double x = image.Width / 2.0, y = image.Height / 2.0;
        return Warp(image, (cosine, -sine, x - (cosine * x) + (sine * y)),
            (sine, cosine, y - (sine * x) - (cosine * y)), fill);
    }

    public static RgbImage AutoContrast(RgbImage image)
    {
        var tables = new byte[3 * 256];
        Span<int> counts = stackalloc int[256];
        for (var c = 0; c < 3; c++)
        {
            Histogram(image, c, counts);
            var low = counts.IndexOfAnyExcept(0);
            var high = counts.LastIndexOfAnyExcept(0);
            for (var i = 0; i < 256; i++)
                tables[(256 * c) + i] = high <= low ? (byte)i : ToByte((i - low) * 255.0 / (high - low));
        }
        return Look(image, tables);
    }

    // Pillow's ImageOps.equalize: the step between levels is the picture's size less the brightest level, over 255.
    public static RgbImage Equalize(RgbImage image)
    {
        var tables = new byte[3 * 256];
        Span<int> counts = stackalloc int[256];
        for (var c = 0; c < 3; c++)
        {
            Histogram(image, c, counts);
            var brightest = counts.LastIndexOfAnyExcept(0);
            var step = ((image.Width * image.Height) - counts[brightest]) / 255;
            var sum = step / 2;
            for (var i = 0; i < 256; i++)
            {
                tables[(256 * c) + i] = step == 0 ? (byte)i : (byte)Math.Min(sum / step, 255);
                sum += counts[i];
            }
        }
        return Look(image, tables);
    }

    public static RgbImage Brightness(RgbImage image, double factor)
    {
        var tables = new byte[3 * 256];
        for (var i = 0; i < tables.Length; i++)
            tables[i] = ToByte((i & 255) * factor);
        return Look(image, tables);
    }

    // Blends with a 3 x 3 mean whose centre weighs 5 of 13; the outermost pixels stay.
    public static RgbImage Sharpness(RgbImage image, double factor)
    {
        var source = image.Pixels;
        var target = (byte[])source.Clone();
        var row = 3 * image.Width;
        if (factor == 1.0)
            return new RgbImage(image.Width, image.Height, target);
        for (var y = 1; y < image.Height - 1; y++)
        {
            for (var i = (y * row) + 3; i < ((y + 1) * row) - 3; i++)
            {
                var sum = source[i - row - 3] + source[i - row] + source[i - row + 3] + source[i - 3] + (5 * source[i])
                    + source[i + 3] + source[i + row - 3] + source[i + row] + source[i + row + 3];
                var smooth = Math.Round(sum / 13.0);
                target[i] = ToByte(smooth + (factor * (source[i] - smooth)));
            }
        }
        return new RgbImage(image.Width, image.Height, target);
    }

    // Target (x, y) takes the source at (xs.A x + xs.B y + xs.C, ys.A x + ys.B y + ys.C), bilinear; outside is fill.
    public static RgbImage Warp(RgbImage image, (double A, double B, double C) xs, (double A, double B, double C) ys,
        byte fill)
    {
        var target = new byte[image.Pixels.Length];
        var source = image.Pixels;
        int width = image.Width, height = image.Height, row = 3 * width;
        for (int y = 0, at = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, at += 3)
            {
                var sourceX = (xs.A * x) + (xs.B * y) + xs.C;
                var sourceY = (ys.A * x) + (ys.B * y) + ys.C;
                var left = (int)Math.Floor(sourceX);
                var top = (int)Math.Floor(sourceY);
                if (left < -1 || top < -1 || left >= width || top >= height)
                {
                    target[at] = target[at + 1] = target[at + 2] = fill;
                    continue;
                }
                var right = (float)(sourceX - left);
                var lower = (float)(sourceY - top);
                bool hasLeft = left >= 0, hasRight = left < width - 1, hasTop = top >= 0, hasLower = top < height - 1;
                var first = (top * row) + (3 * left);
                for (var c = 0; c < 3; c++)
                {
                    float a = hasTop && hasLeft ? source[first + c] : fill;
                    float b = hasTop && hasRight ? source[first + 3 + c] : fill;
                    float d = hasLower && hasLeft ? source[first + row + c] : fill;
                    float e = hasLower && hasRight ? source[first + row + 3 + c] : fill;
                    var upper = a + (right * (b - a));
                    target[at + c] = (byte)(upper + (lower * (d + (right * (e - d)) - upper)) + 0.5f);
                }
            }
        }
        return new RgbImage(width, height, target);
    }

    private static void Histogram(RgbImage image, int channel, Span<int> counts)
    {
        counts.Clear();
        for (var i = channel; i < image.Pixels.Length; i += 3)
            counts[image.Pixels[i]]++;
    }

    private static RgbImage Look(RgbImage image, byte[] tables)
    {
        var source = image.Pixels;
        var target = new byte[source.Length];
        for (var i = 0; i < source.Length; i += 3)
        {
            target[i] = tables[source[i]];
            target[i + 1] = tables[256 + source[i + 1]];
            target[i + 2] = tables[512 + source[i + 2]];
        }
        return new RgbImage(image.Width, image.Height, target);
    }

    private static byte ToByte(double value) => (byte)Math.Clamp(value, 0, 255);
}
