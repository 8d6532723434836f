using Gloss.Inference;

namespace Gloss.Benchmarks;

/// <summary>What the command line says.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>An EfficientNet-Lite2 as safetensors; null: random weights.</summary>
    public string? Weights { get; init; }

    /// <summary>A folder of photographs.</summary>
    public string? Pictures { get; init; }

    /// <summary>The family of the full-size model.</summary>
    public string Family { get; init; } = "ram_plus";

    /// <summary>Its model folder; null: one among the temporary files.</summary>
    public string? Folder { get; init; }

    /// <summary>In what numbers the weights of that folder are written.</summary>
    public WeightPrecision Stored { get; init; } = WeightPrecision.Float32;

    /// <summary>The only precision that is measured; null: all.</summary>
    public InferencePrecision? Precision { get; init; }

    /// <summary>Vectors or pictures that are made up.</summary>
    public int Count { get; init; } = 1_000_000;

    /// <summary>Made-up clusters of the vectors.</summary>
    public int Clusters { get; init; } = 10_000;

    /// <summary>Directions in which a cluster is spread.</summary>
    public int Dimensions { get; init; } = 24;

    /// <summary>Numbers of a made-up vector.</summary>
    public int Width { get; init; } = 256;

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
                case "--folder": options = options with { Folder = args[i + 1] }; break;
                case "--family" when args[i + 1] is "tag2text" or "ram" or "ram_plus": options =
                    options with { Family = args[i + 1] }; break;
                case "--stored" when Enum.TryParse<WeightPrecision>(args[i + 1], ignoreCase: true, out var stored):
                    options = options with { Stored = stored };
                    break;
                case "--precision"
                    when Enum.TryParse<InferencePrecision>(args[i + 1], ignoreCase: true, out var precision):
                    options = options with { Precision = precision };
                    break;
                case "--count" when int.TryParse(args[i + 1], out var count)
                    && count > 0: options = options with { Count = count }; break;
                case "--clusters" when int.TryParse(args[i + 1], out var clusters)
                    && clusters > 0: options = options with { Clusters = clusters }; break;
                case "--dimensions" when int.TryParse(args[i + 1], out var dimensions)
                    && dimensions > 0: options = options with { Dimensions = dimensions }; break;
                case "--width" when int.TryParse(args[i + 1], out var width)
                    && width > 0: options = options with { Width = width }; break;
                case "--threads" when int.TryParse(args[i + 1], out var threads) && threads > 0:
                    options = options with { Threads = threads };
                    break;
                default: return null;
            }
        }
        return options;
    }
}
