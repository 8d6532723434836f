namespace Gloss.Images;

/// <summary>Draws a map of values over the photograph it belongs to: where the model looked.</summary>
public static class HeatMap
{
    /// <summary>A new picture of the photograph's size: the map, stretched over it bilinearly, coloured by
    /// <see cref="ColorMap"/>, the more opaque the hotter.</summary>
    /// <param name="photograph">The picture below.</param>
    /// <param name="map">(mapHeight, mapWidth) values, row-major, of any range; not finite counts as cold.</param>
    /// <param name="mapWidth">Values a row.</param>
    /// <param name="mapHeight">Rows.</param>
    /// <param name="options">How to draw, or the defaults.</param>
    /// <exception cref="ArgumentException">The map has another size than told, or the opacity is wrong.</exception>
    public static RgbImage Overlay(RgbImage photograph, ReadOnlySpan<float> map, int mapWidth, int mapHeight,
        HeatMapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(photograph);
        ArgumentOutOfRangeException.ThrowIfLessThan(mapWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(mapHeight, 1);
        if (map.Length != (long)mapWidth * mapHeight)
            throw new ArgumentException(
                $"heat map · expected {mapWidth} x {mapHeight} values, got {map.Length}", nameof(map));
        options ??= new HeatMapOptions();
        if (!(options.Opacity is >= 0 and <= 1))
            throw new ArgumentException($"heat map · Opacity = {options.Opacity}: expected 0 to 1", nameof(options));

        var shares = Normalise(map, options);
        var pixels = new byte[photograph.Pixels.Length];
        for (int y = 0, at = 0; y < photograph.Height; y++)
        {
            var (top, lower) = Place(y, photograph.Height, mapHeight);
            var first = shares.AsSpan(top * mapWidth, mapWidth);
            var second = shares.AsSpan(Math.Min(top + 1, mapHeight - 1) * mapWidth, mapWidth);
            for (var x = 0; x < photograph.Width; x++, at += 3)
            {
                var (left, right) = Place(x, photograph.Width, mapWidth);
                var next = Math.Min(left + 1, mapWidth - 1);
                var above = first[left] + (right * (first[next] - first[left]));
                var below = second[left] + (right * (second[next] - second[left]));
                var value = above + (lower * (below - above));
                var (red, green, blue) = ColorMap.At(value);
                var weight = (float)options.Opacity * value;
                pixels[at] = Blend(photograph.Pixels[at], red, weight);
                pixels[at + 1] = Blend(photograph.Pixels[at + 1], green, weight);
                pixels[at + 2] = Blend(photograph.Pixels[at + 2], blue, weight);
            }
        }
        return new RgbImage(photograph.Width, photograph.Height, pixels);
    }

    private static float[] Normalise(ReadOnlySpan<float> map, HeatMapOptions options)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (var value in map)
        {
            if (float.IsFinite(value))
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }
        least = options.Coldest ?? least;
        most = options.Hottest ?? most;
        var shares = new float[map.Length];
        for (var i = 0; i < map.Length; i++)
        {
            if (most > least && float.IsFinite(map[i]))
                shares[i] = Math.Clamp((map[i] - least) / (most - least), 0, 1);
        }
        return shares;
    }

    // The value left of a pixel's centre, and how far the centre lies towards the next one.
    private static (int Index, float Fraction) Place(int pixel, int size, int count)
    {
        var at = Math.Clamp(((pixel + 0.5f) * count / size) - 0.5f, 0, count - 1);
        return ((int)at, at - (int)at);
    }

    private static byte Blend(byte below, byte above, float weight) =>
        (byte)(below + (weight * (above - below)) + 0.5f);
}
