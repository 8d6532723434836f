using System.Diagnostics;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// Times of one action with a round of matrix products before and after each, so that both meet the same clock and the
/// same neighbours on the machine.
/// </summary>
internal static class Interleaved
{
    // About 65 GFLOP a round: half a second on one core.
    private const int Products = 12;
    private const double Operations = 2e-9 * 1152 * 768 * 3072;

    /// <summary>Runs the action <paramref name="repetitions"/> times.</summary>
    /// <returns>The action's times, and the rates of the rounds in GFLOP a second (best by the clock, median by
    /// processor time).</returns>
    public static (Times Action, (double Best, double Processor) Rates) Measure(Action action,
        ConvolutionPrecision precision, int threads, int repetitions)
    {
        var (times, spent, shares, rates) = (new List<double>(), new List<double>(), new List<double>(),
            new List<double>());
        var best = 0.0;
        double Round()
        {
            var before = Environment.CpuUsage.TotalTime;
            best = Math.Max(best, OneDnn.MatrixProductRate(1152, 768, 3072, precision, threads, Products).Best);
            // Two more are run to warm up.
            return (Products + 2) * Operations / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }
        var rate = Round();
        for (var i = 0; i < repetitions; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            spent.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
            var next = Round();
            shares.Add(1 / (spent[^1] * (rate + next) / 2));
            rates.Add(next);
            rate = next;
        }
        return (new(TimeSpan.FromSeconds(times.Min()), TimeSpan.FromSeconds(Median(times)),
            TimeSpan.FromSeconds(Median(spent)), Median(shares)), (best, Median(rates)));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Times of the action.</summary>
    /// <param name="Best">The shortest.</param>
    /// <param name="Median">The middle one.</param>
    /// <param name="Processor">The median of the processor time, all threads together.</param>
    /// <param name="ProcessorShare">
    /// The median of 1 / (processor seconds · rate beside it): times an action's GFLOP, its share of the rate.
    /// </param>
    internal readonly record struct Times(TimeSpan Best, TimeSpan Median, TimeSpan Processor, double ProcessorShare);
}
