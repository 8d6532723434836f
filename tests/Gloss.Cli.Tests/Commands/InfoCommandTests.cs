using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Commands;
using Gloss.Cli.Inspection;
using Gloss.Cli.Tests.Inspection;
using Gloss.Torch;

namespace Gloss.Cli.Tests.Commands;

public sealed class InfoCommandTests
{
    [Fact]
    public void WriteText_Report_IsAlignedText()
    {
        using var output = new StringWriter { NewLine = "\n" };

        InfoCommand.WriteText(InfoReports.Create(), output);

        Assert.Equal(
            """
            gloss      1.2.3 · .NET 10.0.0
            system     Some Linux, x64
            processor  Some Xeon · cores 2 · threads 4
            features   AVX2
                       without AMX
            memory     24.0 GiB · 1.5 GiB free
            devices    cpu
            library    gloss_torch · tensors
                       /build/libgloss_torch.so
                       libtorch 2
            library    gloss_onednn · speed · optional
                       NOT USABLE: was not found
            loaded     /usr/lib/libblas.so.3
            models     /models
                       base · tag2text · 3.0 MiB
            limits     a picture of 256.0 MiB and 178,956,970 pixels

            """,
            output.ToString());
    }

    [Fact]
    public async Task Info_Json_IsOneObjectAndTheCodeSaysWhetherAllIsThere()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await GlossCommandLine.RunAsync(
            ["info", "--json"], output, error, TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(output.ToString());
        var root = json.RootElement;
        Assert.Equal(GlossCommandLine.Version, root.GetProperty("version").GetString());
        Assert.True(root.GetProperty("processor").GetProperty("threads").GetInt32() > 0);
        Assert.True(root.GetProperty("memoryBytes").GetInt64() > 0);
        var isComplete = root.GetProperty("isComplete").GetBoolean();
        Assert.Equal(isComplete ? ExitCode.Done : ExitCode.NothingFound, code);
        Assert.Equal(isComplete, error.ToString().Length == 0);
        Assert.SkipUnless(
            NativeLibraries.Find("gloss_torch") is not null,
            "the versions need the native libraries (cmake -S native -B native/build && cmake --build native/build)");
        Assert.StartsWith(
            "libtorch ", root.GetProperty("libraries")[0].GetProperty("versions").GetString(),
            StringComparison.Ordinal);
    }
}
