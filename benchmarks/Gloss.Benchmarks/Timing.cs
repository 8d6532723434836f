using System.Diagnostics;

namespace Gloss.Benchmarks;

/// <summary>Times of one action, repeated.</summary>
/// <param name="Best">The shortest: what the machine can do when nothing else runs.</param>
/// <param name="Median">The middle one.</param>
/// <param name="Processor">
/// The median of the processor time, all threads together: with one thread, what the action costs whatever else runs.
/// </param>
internal readonly record struct Timing(TimeSpan Best, TimeSpan Median, TimeSpan Processor)
{
    /// <summary>
    /// Runs the action twice unmeasured, then for at least <paramref name="seconds"/> and five times.
    /// </summary>
    public static Timing Measure(Action action, double seconds = 1)
    {
        action();
        action();
        var times = new List<TimeSpan>();
        var processor = new List<TimeSpan>();
        var total = Stopwatch.StartNew();
        while (times.Count < 5 || total.Elapsed.TotalSeconds < seconds)
        {
            var before = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(start));
            processor.Add(Environment.CpuUsage.TotalTime - before);
        }
        times.Sort();
        processor.Sort();
        return new(times[0], times[times.Count / 2], processor[processor.Count / 2]);
    }
}
