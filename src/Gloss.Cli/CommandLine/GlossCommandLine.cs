using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Gloss.Cli.CommandLine;

/// <summary>
/// The root command and what all verbs share: how arguments are parsed, how errors are shown, what is returned.
/// Verbs write data to <see cref="InvocationConfiguration.Output"/> and all else to
/// <see cref="InvocationConfiguration.Error"/>, throw when they cannot go on, and return an <see cref="ExitCode"/>.
/// </summary>
internal static partial class GlossCommandLine
{
    /// <summary>The name of the program in help and in messages.</summary>
    public const string Name = "gloss";

    /// <summary>The version of this build, as <c>major.minor.patch</c>.</summary>
    public static string Version { get; } =
        typeof(GlossCommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>Parses <paramref name="args"/>, runs the verb and returns the exit code of the process.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Takes the data.</param>
    /// <param name="error">Takes progress, messages and errors.</param>
    /// <param name="cancellationToken">Asks the verb to stop; a verb that stops for it returns 130.</param>
    public static Task<int> RunAsync(
        IReadOnlyList<string> args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default) =>
        RunAsync(Verbs.CreateAll(), args, output, error, cancellationToken);

    /// <summary>As above, with other verbs: for tests of what all verbs share.</summary>
    internal static async Task<int> RunAsync(
        IReadOnlyList<Command> verbs,
        IReadOnlyList<string> args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default)
    {
        var root = CreateRoot(verbs);
        // A file may be called @holiday.jpg: no response files.
        ParseResult parsed;
        try
        {
            parsed = root.Parse(args.Count == 0 ? ["--help"] : args, new() { ResponseFileTokenReplacer = null });
        }
        catch (InvalidOperationException fault)
        {
            // A validator asked for a value that is none of its type.
            error.WriteLine($"{Name}: {Plain(fault.Message)}");
            return ExitCode.Error;
        }
        var faults = parsed.Action is ParseErrorAction ? parsed.Errors.Select(fault => Plain(fault.Message))
            : UnknownOptions(parsed);
        if (faults.Any())
        {
            WriteFaults(faults, parsed, error);
            return ExitCode.Error;
        }

        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                // Saving a state on Ctrl-C may take longer than a fixed time: Program has the signals.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception exception)
        {
            var cause = Unwrap(exception);
            if (cause is OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                error.WriteLine($"{Name}: cancelled");
                return ExitCode.Cancelled;
            }

            error.WriteLine($"{Name}: {Describe(cause)}");
            if (parsed.GetValue(GlobalOptions.Verbose))
                error.WriteLine(exception.ToString());
            return ExitCode.Error;
        }
        finally
        {
            output.Flush();
            error.Flush();
        }
    }

    /// <summary>The root command with all verbs.</summary>
    internal static RootCommand CreateRoot(IReadOnlyList<Command> verbs)
    {
        var root = new RootCommand("Tells what is in a picture, on your own machine.") { HelpName = Name };
        // Completion by directive ("[suggest]") would take a path in brackets for its own.
        root.Directives.Clear();
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();
        root.Options.Add(GlobalOptions.Verbose);
        foreach (var verb in verbs)
            root.Subcommands.Add(verb);
        return root;
    }

    // "Cannot parse argument 'abc' for option '--top' as expected type 'System.Nullable`1[System.Int32]'."
    private static string Plain(string message)
    {
        if (WrongValue().Match(message) is not { Success: true } match)
            return message;
        var expected = match.Groups["type"].Value switch
        {
            var type when type.Contains("Int32", StringComparison.Ordinal)
                || type.Contains("Int64", StringComparison.Ordinal) => "a whole number",
            var type when type.Contains("Single", StringComparison.Ordinal)
                || type.Contains("Double", StringComparison.Ordinal) => "a number",
            _ => "another value",
        };
        return $"{match.Groups["option"].Value} · expected {expected}, got {match.Groups["value"].Value}";
    }

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for option '(?<option>[^']*)' as expected type "
        + "'(?<type>[^']*)'", RegexOptions.Singleline)]
    private static partial Regex WrongValue();

    // Where a verb takes any number of words or paths, a mistyped option would be one of them. What stands after -- is
    // none.
    private static IEnumerable<string> UnknownOptions(ParseResult parsed) =>
        parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? []
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
                .Where(token => token.Value.StartsWith("--", StringComparison.Ordinal) || IsShortOption(token.Value))
                .Select(token => $"no such option · {token.Value} · a name that begins so stands after --");

    // "-q", but neither "-" nor "-5" nor "-b.jpg".
    private static bool IsShortOption(string text) => text.Length == 2 && text[0] == '-' && char.IsAsciiLetter(text[1]);

    private static void WriteFaults(IEnumerable<string> faults, ParseResult parsed, TextWriter error)
    {
        foreach (var message in faults.Distinct())
            error.WriteLine($"{Name}: {message}");
        var command = parsed.CommandResult.Command;
        if (command is RootCommand)
            error.WriteLine($"hint: the verbs are {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}");
        else
            error.WriteLine($"hint: {Name} {FullName(parsed.CommandResult)} --help lists what it takes");
    }

    // A verb within a verb is named with the verb around it.
    private static string FullName(CommandResult result) =>
        result.Parent is CommandResult { Command: not RootCommand } outer
        ? $"{FullName(outer)} {result.Command.Name}"
        : result.Command.Name;

    // What only carries another exception tells the reader nothing.
    private static Exception Unwrap(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: 1 } or TypeInitializationException or TargetInvocationException
            when exception.InnerException is { } inner => Unwrap(inner),
        _ => exception,
    };

    private static string Describe(Exception exception)
    {
        var message = exception.Message;
        // The name of a C# parameter is for the stack trace, not for the user.
        if (exception is ArgumentException { ParamName: { } name })
            message = message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal);
        return message.Length > 0 ? message : exception.GetType().Name;
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"{Name} {Version}");
            return ExitCode.Done;
        }
    }
}
