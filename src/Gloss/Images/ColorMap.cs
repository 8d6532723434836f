namespace Gloss.Images;

/// <summary>
/// Colours from cold (dark violet) to hot (light yellow). Lightness rises evenly while the hue turns, in the OKLab
/// space (Ottosson 2020), where equal steps look equal; so the order can be seen without colour vision too.
/// </summary>
public static class ColorMap
{
    private static readonly byte[] Table = Make();

    /// <summary>The colour of a value; below 0 counts as 0, above 1 as 1, not a number as 0.</summary>
    public static (byte Red, byte Green, byte Blue) At(float value)
    {
        var index = value > 0 ? (int)((Math.Min(value, 1f) * 255) + 0.5f) : 0;
        return (Table[3 * index], Table[(3 * index) + 1], Table[(3 * index) + 2]);
    }

    private static byte[] Make()
    {
        var table = new byte[3 * 256];
        for (var i = 0; i < 256; i++)
        {
            var t = i / 255.0;
            var lightness = 0.27 + (0.68 * t);
            var chroma = 0.13 + (0.04 * Math.Sin(Math.PI * t));
            var hue = (300 + (170 * t)) * Math.PI / 180; // violet, red, orange, yellow
            ToSrgb(lightness, chroma * Math.Cos(hue), chroma * Math.Sin(hue), table.AsSpan(3 * i, 3));
        }
        return table;
    }

    // OKLab to linear sRGB to sRGB; constants from the definition of OKLab.
    private static void ToSrgb(double lightness, double a, double b, Span<byte> pixel)
    {
        var l = Math.Pow(lightness + (0.3963377774 * a) + (0.2158037573 * b), 3);
        var m = Math.Pow(lightness - (0.1055613458 * a) - (0.0638541728 * b), 3);
        var s = Math.Pow(lightness - (0.0894841775 * a) - (1.2914855480 * b), 3);
        pixel[0] = Encode((4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s));
        pixel[1] = Encode((-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s));
        pixel[2] = Encode((-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s));
    }

    private static byte Encode(double linear)
    {
        linear = Math.Clamp(linear, 0, 1);
        var value = linear <= 0.0031308 ? 12.92 * linear : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055;
        return (byte)((255 * value) + 0.5);
    }
}
