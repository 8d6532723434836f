using System.Numerics;
using Gloss.Images;

namespace Gloss.Search;

/// <summary>
/// How a picture looks, in 64 bits (a difference hash): it is shrunk to 9 × 8 grey points, and each bit says whether a
/// point is brighter than its right neighbour. Another size, compression or brightness changes few bits.
/// </summary>
internal static class PictureLook
{
    /// <summary>The bits of a picture.</summary>
    public static long Of(RgbImage picture)
    {
        var gray = ImageResizer.Resize(picture, 9, 8, ResizeFilter.Bilinear).ToGray();
        var bits = 0UL;
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 8; x++)
                bits = (bits << 1) | (gray[(9 * y) + x] > gray[(9 * y) + x + 1] ? 1UL : 0UL);
        }
        return (long)bits;
    }

    /// <summary>In how many bits two pictures differ, 0–64.</summary>
    public static int Distance(long first, long second) => BitOperations.PopCount((ulong)(first ^ second));
}
