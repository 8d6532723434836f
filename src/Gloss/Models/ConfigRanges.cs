namespace Gloss.Models;

/// <summary>Checks numbers of configs against their ranges.</summary>
internal static class ConfigRanges
{
    /// <summary>The widest layer of any config.</summary>
    public const long MostWidth = 1 << 14;

    /// <summary>The most layers of any config.</summary>
    public const long MostLayers = 256;

    /// <summary>The most tags or word pieces of any config.</summary>
    public const long MostEntries = 1_000_000;

    /// <summary>A line for each number outside its range.</summary>
    public static IEnumerable<string> Faults(IEnumerable<(string Key, long Value, long Least, long Most)> numbers)
    {
        foreach (var (key, value, least, most) in numbers)
        {
            if (value < least || value > most)
                yield return $"{key}: expected {least} to {most}, got {value}";
        }
    }

    /// <summary>A line where heads do not divide a width.</summary>
    public static IEnumerable<string> HeadFaults(string key, long heads, string widthKey, long width)
    {
        if (heads > 0 && width % heads != 0)
            yield return $"{key}: expected a divisor of {widthKey} {width}, got {heads}";
    }
}
