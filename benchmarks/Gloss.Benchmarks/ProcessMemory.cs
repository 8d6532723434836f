using System.Globalization;

namespace Gloss.Benchmarks;

/// <summary>What memory this process takes.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>Now, the parts that are no file and a mapped file, and the most so far.</summary>
    public static string Describe() => OperatingSystem.IsLinux()
        ? $"memory now {MiB("VmRSS:")} MiB (own {MiB("RssAnon:")}, of files {MiB("RssFile:")}), " +
            $"most {MiB("VmHWM:")} MiB"
        : $"{Environment.WorkingSet >> 20} MiB";

    /// <summary>Begins the most anew, where the system can.</summary>
    public static void ForgetMost()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    private static long MiB(string field)
    {
        var line = File.ReadLines(Status).First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace(" kB", "", StringComparison.Ordinal).Trim(),
            CultureInfo.InvariantCulture) >> 10;
    }
}
