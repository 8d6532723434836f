using System.Globalization;
using System.Runtime.InteropServices;
using Gloss.Cli.CommandLine;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Search.Vectors;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Cli.Inspection;

/// <summary>What is installed, found and used: what <c>gloss info</c> shows.</summary>
internal sealed record InstallationReport
{
    // The files that decide about speed and formats; which of the installed ones was taken is seen only in the process.
    private static readonly string[] WatchedLibraries =
    [
        "libtorch_cpu.so", "libtorch_cuda.so", "libblas.so", "libopenblas", "libmkl_", "libdnnl.so", "libgomp",
        "libiomp", "libvips.so", "libjpeg.so", "libsqlite3.so",
    ];

    /// <summary>The version of Gloss.</summary>
    public required string Version { get; init; }

    /// <summary>The version of the .NET runtime.</summary>
    public required string DotNet { get; init; }

    /// <summary>The operating system with its architecture.</summary>
    public required string System { get; init; }

    /// <summary>The processor.</summary>
    public required ProcessorInfo Processor { get; init; }

    /// <summary>Memory that this process may use, in bytes; a container's limit counts.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory that is free for use now, in bytes; null where the system does not tell.</summary>
    public long? FreeMemoryBytes { get; init; }

    /// <summary>CUDA devices that libtorch can use; null when libtorch could not be loaded.</summary>
    public int? CudaDevices { get; init; }

    /// <summary>Gloss's native libraries.</summary>
    public required IReadOnlyList<NativeLibraryInfo> Libraries { get; init; }

    /// <summary>
    /// The files of the libraries behind those that were loaded; empty where the system does not tell.
    /// </summary>
    public required IReadOnlyList<string> LoadedFiles { get; init; }

    /// <summary>The folder in which models are looked up by name.</summary>
    public required string ModelsFolder { get; init; }

    /// <summary>The models there.</summary>
    public required IReadOnlyList<ModelInfo> Models { get; init; }

    /// <summary>The longest encoded picture that is read by default, in bytes.</summary>
    public required long MaxPictureBytes { get; init; }

    /// <summary>The most pixels of a picture that is read by default.</summary>
    public required long MaxPicturePixels { get; init; }

    /// <summary>Whether everything that Gloss cannot do without is there and works.</summary>
    public bool IsComplete => Libraries.All(library => library.IsOptional || library.Error is null);

    /// <summary>Looks at this machine; loads the native libraries to hear their versions.</summary>
    public static InstallationReport Create()
    {
        int? cudaDevices = null;
        NativeLibraryInfo[] libraries =
        [
            Inspect("gloss_torch", "tensors and models", isOptional: false, () =>
            {
                cudaDevices = Engine.CudaDeviceCount;
                return SummarizeTorch(Engine.Description);
            }),
            Inspect("gloss_images", "reading pictures", isOptional: false, () => ImageDecoder.LibraryVersions),
            Inspect("gloss_onednn", "faster convolutions", isOptional: true, () => $"oneDNN {OneDnn.Describe()}"),
            Inspect("gloss_faiss", "an index of large catalogues", isOptional: true,
                () => $"FAISS {VectorSupport.LibraryVersion}"),
        ];
        var limits = new ImageLimits();
        var models = ModelFolder.ModelsDirectory;
        return new InstallationReport
        {
            Version = GlossCommandLine.Version,
            DotNet = RuntimeInformation.FrameworkDescription,
            System =
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
            Processor = ProcessorInfo.Read(),
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            FreeMemoryBytes = ReadFreeMemory(),
            CudaDevices = cudaDevices,
            Libraries = libraries,
            LoadedFiles = File.Exists("/proc/self/maps") ? ListLoaded(File.ReadLines("/proc/self/maps")) : [],
            ModelsFolder = models,
            Models = ModelInfo.List(models),
            MaxPictureBytes = limits.MaxBytes,
            MaxPicturePixels = limits.MaxPixels,
        };
    }

    /// <summary>The version and the arithmetic libraries out of libtorch's long account of itself.</summary>
    internal static string SummarizeTorch(string description)
    {
        var lines = description.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var parts = lines.Skip(1)
            .Where(line => line.StartsWith("- Intel", StringComparison.Ordinal)
                || line.StartsWith("- CPU capability", StringComparison.Ordinal)
                || line.StartsWith("- CUDA Runtime", StringComparison.Ordinal))
            .Select(line => line[2..].Split(" (Git Hash")[0]);
        return string.Join(" · ", [lines[0], .. parts]);
    }

    /// <summary>The watched libraries among the lines of <c>/proc/self/maps</c>, each once.</summary>
    internal static IReadOnlyList<string> ListLoaded(IEnumerable<string> maps) =>
    [
        .. maps.Select(line => line.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? line[slash..] : "")
            .Distinct()
            .Where(path => WatchedLibraries.Any(Path.GetFileName(path).StartsWith))
            .Order(StringComparer.Ordinal),
    ];

    private static NativeLibraryInfo Inspect(string name, string purpose, bool isOptional, Func<string> versions)
    {
        var info = new NativeLibraryInfo
        {
            Name = name,
            Purpose = purpose,
            IsOptional = isOptional,
            Path = NativeLibraries.Find(name),
        };
        if (info.Path is null)
            return info with { Error = $"{NativeLibraries.FileName(name)} was not found" };
        try
        {
            return info with { Versions = versions() };
        }
        catch (Exception exception)
        {
            // The report is about what does not work, too: whatever the library says belongs in it.
            return info with { Error = exception.GetBaseException().Message };
        }
    }

    private static long? ReadFreeMemory()
    {
        if (!File.Exists("/proc/meminfo"))
            return null;
        var line = File.ReadLines("/proc/meminfo")
            .FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null
            ? null
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
                * 1024;
    }
}
