using System.Diagnostics;
using System.Globalization;
using Gloss.Cli.CommandLine;

namespace Gloss.Cli.Recognition;

/// <summary>
/// How far a long run over pictures is, on standard error: nothing where that is no terminal or where the results
/// themselves appear on one, and nothing in the first second.
/// </summary>
internal sealed class PictureProgress(TextWriter error, int? total = null) : IProgress<int>, IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private readonly ProgressLine line = new(error, isTerminal: true);
    private readonly bool isShown = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected
        && (total is not null || Console.IsOutputRedirected);
    private readonly long start = Stopwatch.GetTimestamp();

    /// <summary>Tells the number of pictures done.</summary>
    public void Report(int value)
    {
        if (isShown && Stopwatch.GetElapsedTime(start) is var elapsed && elapsed >= First)
            line.Show(() => Text(value, elapsed));
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string message) => line.Say(message);

    /// <summary>Leaves the terminal's line empty.</summary>
    public void Dispose() => line.Dispose();

    private string Text(int value, TimeSpan elapsed)
    {
        var rate = value / elapsed.TotalSeconds;
        var left = total is { } all && value > 0
            ? $" · {TimeSpan.FromSeconds((all - value) / rate):h\\:mm\\:ss} left" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{value}{(total is null ? "" : $" of {total}")} pictures · {rate:F1} a second{left}");
    }
}
