using System.Diagnostics;

namespace Gloss.Cli.CommandLine;

/// <summary>
/// Progress on standard error: one line that is written over on a terminal, else a plain line now and then.
/// </summary>
internal sealed class ProgressLine(TextWriter error, bool isTerminal) : IDisposable
{
    private static readonly TimeSpan onTerminal = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan inFile = TimeSpan.FromSeconds(30);
    private readonly Stopwatch sinceShown = new();
    private int shownLength;

    /// <summary>
    /// Progress on the writer that a verb was given; a terminal when that is the console's and not redirected.
    /// </summary>
    public static ProgressLine On(TextWriter error) =>
        new(error, ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>Shows where the work stands, when the last time was long enough ago.</summary>
    public void Show(Func<string> text)
    {
        if (sinceShown.IsRunning && sinceShown.Elapsed < (isTerminal ? onTerminal : inFile))
            return;
        sinceShown.Restart();
        if (!isTerminal)
        {
            error.WriteLine(text());
            return;
        }
        var line = text();
        var width = Console.WindowWidth > 1 ? Console.WindowWidth - 1 : 79;
        line = line.Length > width ? line[..width] : line;
        error.Write('\r' + line.PadRight(shownLength));
        shownLength = line.Length;
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        Clear();
        error.WriteLine(line);
    }

    /// <summary>Leaves the terminal's line empty.</summary>
    public void Dispose() => Clear();

    private void Clear()
    {
        if (shownLength > 0)
            error.Write('\r' + new string(' ', shownLength) + '\r');
        shownLength = 0;
    }
}
