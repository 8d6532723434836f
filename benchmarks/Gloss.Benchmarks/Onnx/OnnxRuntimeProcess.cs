using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// ONNX Runtime in a process of its own, by node (<c>benchmarks/onnxruntime</c>): a model that is opened once and run
/// when it is told to.
/// </summary>
internal sealed class OnnxRuntimeProcess : IDisposable
{
    private readonly Process process;

    private OnnxRuntimeProcess(Process process, Answer opened) => (this.process, Opened) = (process, opened);

    /// <summary>What opening the model took.</summary>
    public Answer Opened { get; }

    /// <summary>Installs the package where it is not installed yet.</summary>
    /// <returns>Null, or why ONNX Runtime cannot be had.</returns>
    public static string? Install()
    {
        var folder = Folder();
        if (Try("node", ["--version"], folder) is { } noNode)
            return noNode;
        if (Directory.Exists(Path.Combine(folder, "node_modules", "onnxruntime-node")))
            return null;
        Console.WriteLine($"{folder}: npm ci");
        return Try(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci"], folder);
    }

    /// <summary>Opens a model; the last run's output will stand in a file beside it.</summary>
    public static OnnxRuntimeProcess Open(string model, string input, long[] shape, string inputFile, string output,
        string outputFile, int threads)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = Folder(), RedirectStandardInput = true,
            RedirectStandardOutput = true };
        string[] arguments = ["run.js", model, input, string.Join(',', shape), inputFile, output, outputFile,
            threads.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        try
        {
            return new OnnxRuntimeProcess(process, Read(process));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Runs the model once.</summary>
    public Answer Run()
    {
        process.StandardInput.WriteLine("run");
        process.StandardInput.Flush();
        return Read(process);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static Answer Read(Process process) => process.StandardOutput.ReadLine() is { } line
        ? JsonSerializer.Deserialize<Answer>(line, JsonSerializerOptions.Web)!
        : throw new InvalidOperationException("ONNX Runtime ended without an answer: see above");

    private static string? Try(string program, string[] arguments, string folder)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder,
                RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? null
                : $"{program} {string.Join(' ', arguments)} failed: {error.Result.Trim().ReplaceLineEndings(" · ")}";
        }
        catch (Win32Exception)
        {
            return $"there is no {Path.GetFileNameWithoutExtension(program)}";
        }
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
            folder = folder.Parent;
        return Path.Combine(
            (folder ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is in no checkout")).FullName,
            "benchmarks", "onnxruntime");
    }

    /// <summary>What the process says of itself.</summary>
    /// <param name="Milliseconds">By the clock.</param>
    /// <param name="Processor">Of the processor, all threads together.</param>
    /// <param name="Memory">Now, in KiB.</param>
    /// <param name="Own">The part of it that is no mapped file.</param>
    /// <param name="Most">The most so far.</param>
    /// <param name="Version">The runtime's version, when it was opened.</param>
    internal sealed record Answer(double Milliseconds, double Processor, long Memory, long Own, long Most,
        string? Version)
    {
        public string DescribeMemory() => $"memory now {Memory >> 10} MiB (own {Own >> 10}), most {Most >> 10} MiB";
    }
}
