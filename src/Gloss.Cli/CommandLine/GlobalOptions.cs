using System.CommandLine;

namespace Gloss.Cli.CommandLine;

/// <summary>The options that every verb understands.</summary>
internal static class GlobalOptions
{
    /// <summary>Prints where an error came from, not only what it was.</summary>
    /// <value>Default: off.</value>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Say more on standard error; show the stack trace of an error.",
        Recursive = true,
    };
}
