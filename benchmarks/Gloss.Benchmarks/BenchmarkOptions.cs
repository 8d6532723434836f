namespace Gloss.Benchmarks;

/// <summary>What the command line says.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>An EfficientNet-Lite2 as safetensors; null: random weights.</summary>
    public string? Weights { get; init; }

    /// <summary>A folder of photographs.</summary>
    public string? Pictures { get; init; }

    /// <summary>Threads of a run.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The options, or null when one is unknown or has no value.</summary>
    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                return null;
            switch (args[i])
            {
                case "--weights": options = options with { Weights = args[i + 1] }; break;
                case "--pictures": options = options with { Pictures = args[i + 1] }; break;
                case "--threads" when int.TryParse(args[i + 1], out var threads) && threads > 0:
                    options = options with { Threads = threads };
                    break;
                default: return null;
            }
        }
        return options;
    }
}
