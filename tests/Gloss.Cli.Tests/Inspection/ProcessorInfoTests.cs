using System.Runtime.InteropServices;
using Gloss.Cli.Inspection;

namespace Gloss.Cli.Tests.Inspection;

public sealed class ProcessorInfoTests
{
    private const string TwoCores = """
        processor	: 0
        model name	: Some Xeon @ 2.00GHz
        physical id	: 0
        core id		: 0
        flags		: fpu fma avx2 avx512f avx512_vnni

        processor	: 1
        model name	: Some Xeon @ 2.00GHz
        physical id	: 0
        core id		: 0
        flags		: fpu fma avx2 avx512f avx512_vnni

        processor	: 2
        model name	: Some Xeon @ 2.00GHz
        physical id	: 1
        core id		: 0
        flags		: fpu fma avx2 avx512f avx512_vnni
        """;

    [Fact]
    public void Parse_X64_ReadsNameCoresAndFeatures()
    {
        var processor = ProcessorInfo.Parse(TwoCores, Architecture.X64, threads: 3);

        Assert.Equal("Some Xeon @ 2.00GHz", processor.Name);
        Assert.Equal(2, processor.Cores);
        Assert.Equal(3, processor.Threads);
        Assert.Equal(["AVX2", "FMA", "AVX-512", "VNNI"], Present(processor));
        Assert.False(processor.Features["AMX"]);
    }

    [Fact]
    public void Parse_Arm64_ReadsItsOwnFeatures()
    {
        var processor = ProcessorInfo.Parse("Features\t: fp asimd bf16\n", Architecture.Arm64, threads: 4);

        Assert.Equal("Arm64", processor.Name);
        Assert.Null(processor.Cores);
        Assert.Equal(["NEON", "BF16"], Present(processor));
    }

    [Fact]
    public void Read_ThisMachine_HasThreads() => Assert.InRange(ProcessorInfo.Read().Threads, 1, 4096);

    private static IEnumerable<string> Present(ProcessorInfo processor) =>
        processor.Features.Where(feature => feature.Value).Select(feature => feature.Key);
}
