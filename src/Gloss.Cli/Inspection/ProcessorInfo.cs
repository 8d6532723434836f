using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Gloss.Cli.Inspection;

/// <summary>The processor, as far as it decides how fast a model runs.</summary>
internal sealed record ProcessorInfo
{
    // What we call it, and the flags of /proc/cpuinfo that mean it.
    private static readonly (string Name, string[] Flags)[] X86Features =
    [
        ("AVX2", ["avx2"]),
        ("FMA", ["fma"]),
        ("AVX-512", ["avx512f"]),
        ("VNNI", ["avx512_vnni", "avx_vnni"]),
        ("BF16", ["avx512_bf16"]),
        ("AMX", ["amx_tile"]),
    ];

    private static readonly (string Name, string[] Flags)[] ArmFeatures =
    [
        ("NEON", ["asimd"]),
        ("I8MM", ["i8mm"]),
        ("BF16", ["bf16"]),
        ("SVE", ["sve"]),
    ];

    /// <summary>The maker's name of it, or the architecture where the system does not tell.</summary>
    public required string Name { get; init; }

    /// <summary>Cores with their own arithmetic units, or null where the system does not tell.</summary>
    public int? Cores { get; init; }

    /// <summary>Threads that this process may run at once.</summary>
    public required int Threads { get; init; }

    /// <summary>Instruction sets that matter here, and whether processor and system offer them.</summary>
    public required IReadOnlyDictionary<string, bool> Features { get; init; }

    /// <summary>The processor that runs this.</summary>
    public static ProcessorInfo Read() => File.Exists("/proc/cpuinfo")
        ? Parse(File.ReadAllText("/proc/cpuinfo"), RuntimeInformation.ProcessArchitecture, Environment.ProcessorCount)
        : FromCpuId();

    /// <summary>Reads the text of Linux's <c>/proc/cpuinfo</c>.</summary>
    public static ProcessorInfo Parse(string cpuInfo, Architecture architecture, int threads)
    {
        string? name = null;
        HashSet<string> flags = [];
        HashSet<(string Package, string Core)> cores = [];
        var package = "0";
        foreach (var line in cpuInfo.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                continue;
            var value = line[(colon + 1)..].Trim();
            switch (line[..colon].TrimEnd())
            {
                case "model name":
                    name ??= value;
                    break;
                case "flags" or "Features" when flags.Count == 0:
                    flags = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
                    break;
                case "physical id":
                    package = value;
                    break;
                case "core id":
                    cores.Add((package, value));
                    break;
            }
        }

        return new ProcessorInfo
        {
            Name = name ?? architecture.ToString(),
            Cores = cores.Count > 0 ? cores.Count : null,
            Threads = threads,
            Features = (architecture == Architecture.X64 ? X86Features : ArmFeatures)
                .ToDictionary(feature => feature.Name, feature => feature.Flags.Any(flags.Contains)),
        };
    }

    // Systems without /proc/cpuinfo: the instruction says what the processor has, .NET whether the system lets it.
    private static ProcessorInfo FromCpuId()
    {
        var features = new Dictionary<string, bool>();
        var name = RuntimeInformation.ProcessArchitecture.ToString();
        if (X86Base.IsSupported)
        {
            var (_, _, ecx7, edx7) = X86Base.CpuId(7, 0);
            var (eax71, _, _, _) = X86Base.CpuId(7, 1);
            features["AVX2"] = Avx2.IsSupported;
            features["FMA"] = Fma.IsSupported;
            features["AVX-512"] = Avx512F.IsSupported;
            features["VNNI"] = Avx2.IsSupported && (IsSet(ecx7, 11) || IsSet(eax71, 4));
            features["BF16"] = Avx512F.IsSupported && IsSet(eax71, 5);
            features["AMX"] = Avx512F.IsSupported && IsSet(edx7, 24);
            name = ReadBrand() ?? name;
        }

        return new ProcessorInfo { Name = name, Threads = Environment.ProcessorCount, Features = features };

        static bool IsSet(int register, int bit) => (register >> bit & 1) != 0;
    }

    // Leaves 0x80000002 to 0x80000004 hold 48 bytes of ASCII.
    private static string? ReadBrand()
    {
        if ((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004)
            return null;
        var text = new StringBuilder();
        for (var leaf = 0x80000002; leaf <= 0x80000004; leaf++)
        {
            var (a, b, c, d) = X86Base.CpuId(unchecked((int)leaf), 0);
            foreach (var register in (ReadOnlySpan<int>)[a, b, c, d])
                text.Append(Encoding.ASCII.GetString(BitConverter.GetBytes(register)));
        }

        return text.ToString().Trim('\0', ' ');
    }
}
