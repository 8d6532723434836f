using Gloss.Cli.Inspection;

namespace Gloss.Cli.Tests.Inspection;

/// <summary>Reports about no machine in particular.</summary>
internal static class InfoReports
{
    public static InstallationReport Create() => new()
    {
        Version = "1.2.3",
        DotNet = ".NET 10.0.0",
        System = "Some Linux, x64",
        Processor = new ProcessorInfo
        {
            Name = "Some Xeon",
            Cores = 2,
            Threads = 4,
            Features = new Dictionary<string, bool> { ["AVX2"] = true, ["AMX"] = false },
        },
        MemoryBytes = 24L << 30,
        FreeMemoryBytes = 3L << 29,
        CudaDevices = 0,
        Libraries =
        [
            new() { Name = "gloss_torch", Purpose = "tensors", Path = "/build/libgloss_torch.so",
                Versions = "libtorch 2" },
            new() { Name = "gloss_onednn", Purpose = "speed", IsOptional = true, Error = "was not found" },
        ],
        LoadedFiles = ["/usr/lib/libblas.so.3"],
        ModelsFolder = "/models",
        Models = [new() { Name = "base", Path = "/models/base", Family = "tag2text", Bytes = 3 << 20 }],
        MaxPictureBytes = 256L << 20,
        MaxPicturePixels = 178_956_970,
    };
}
