using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Inspection;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss info</c>: what is installed, found and used.</summary>
internal static class InfoCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // Paths and names are read by people, too.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The verb; it returns 1 when something that Gloss needs is missing.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("info", "Show what is installed, found and used.") { json };
        command.SetAction(parsed =>
        {
            var report = InstallationReport.Create();
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, Json));
            else
                WriteText(report, output);
            if (report.IsComplete)
                return ExitCode.Done;
            parsed.InvocationConfiguration.Error.WriteLine(
                $"{GlossCommandLine.Name}: a library that is needed is missing or broken · "
                + "hint: ./gloss in a checkout builds it; GLOSS_NATIVE names the folder of a build elsewhere");
            return ExitCode.NothingFound;
        });
        return command;
    }

    /// <summary>The report for people: a line a fact, then the libraries and the models.</summary>
    internal static void WriteText(InstallationReport report, TextWriter output)
    {
        var processor = report.Processor;
        WriteFact("gloss", $"{report.Version} · {report.DotNet}");
        WriteFact("system", report.System);
        WriteFact(
            "processor",
            processor.Name + (processor.Cores is { } cores ? $" · cores {cores}" : "")
                + $" · threads {processor.Threads}");
        WriteFact("features", JoinFeatures(present: true));
        if (processor.Features.Values.Contains(false))
            WriteFact("", $"without {JoinFeatures(present: false)}");
        WriteFact(
            "memory",
            Bytes(report.MemoryBytes) + (report.FreeMemoryBytes is { } free ? $" · {Bytes(free)} free" : ""));
        if (report.CudaDevices is { } devices)
            WriteFact("devices", devices == 0 ? "cpu" : $"cpu, cuda (devices: {devices})");
        foreach (var library in report.Libraries)
        {
            WriteFact("library", $"{library.Name} · {library.Purpose}{(library.IsOptional ? " · optional" : "")}");
            foreach (var detail in new[] { library.Path, library.Versions, library.Error })
            {
                if (detail is not null)
                    WriteFact("", detail == library.Error ? $"NOT USABLE: {detail}" : detail);
            }
        }

        for (var i = 0; i < report.LoadedFiles.Count; i++)
            WriteFact(i == 0 ? "loaded" : "", report.LoadedFiles[i]);
        WriteFact("models", report.Models.Count == 0 ? $"none in {report.ModelsFolder}" : report.ModelsFolder);
        foreach (var model in report.Models)
            WriteFact("", $"{model.Name} · {model.Family ?? "config.json without a family"} · {Bytes(model.Bytes)}");
        WriteFact(
            "limits",
            string.Create(
                CultureInfo.InvariantCulture,
                $"a picture of {Bytes(report.MaxPictureBytes)} and {report.MaxPicturePixels:N0} pixels"));

        void WriteFact(string name, string value) => output.WriteLine($"{name,-11}{value}");

        string JoinFeatures(bool present)
        {
            var names = processor.Features.Where(feature => feature.Value == present).Select(feature => feature.Key);
            return string.Join(", ", names) is { Length: > 0 } text ? text : "none that matter here";
        }
    }

    private static string Bytes(long count) => count >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{count / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{count / (double)(1L << 20):0.0} MiB");
}
