using System.Diagnostics;
using System.Text;

namespace Gloss.Cli;

/// <summary>Runs the built program as its users do: its exit code and both streams.</summary>
internal static class GlossProgram
{
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(2);

    public static (int Code, string Output, string Error) Run(string[] arguments, string? input = null,
        params (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null)
            process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(MostTime))
        {
            process.Kill();
            throw new TimeoutException($"gloss {string.Join(' ', arguments)} did not end");
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "gloss-cli.dll"), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8, StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
