namespace Gloss.Cli.CommandLine;

/// <summary>What the process returns to its caller; every verb uses these four and no others.</summary>
internal static class ExitCode
{
    /// <summary>The work is done.</summary>
    public const int Done = 0;

    /// <summary>The work is done, and nothing was found or a check failed.</summary>
    public const int NothingFound = 1;

    /// <summary>An error, on standard error: wrong arguments, a file that cannot be read, a fault.</summary>
    public const int Error = 2;

    /// <summary>Stopped by Ctrl-C or by SIGTERM.</summary>
    public const int Cancelled = 130;
}
