using System.CommandLine;
using System.CommandLine.Parsing;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Torch;

namespace Gloss.Cli.Recognition;

/// <summary>The options of every verb that asks a model: which one, where and how it computes.</summary>
internal sealed class ModelOptions
{
    private static readonly Dictionary<string, InferencePrecision> Precisions = new(StringComparer.Ordinal)
    {
        ["auto"] = InferencePrecision.Auto, ["fp32"] = InferencePrecision.Float32,
        ["bf16"] = InferencePrecision.BFloat16,
        ["int8"] = InferencePrecision.Int8,
    };

    private readonly Option<string> model = new("--model", "-m")
    {
        Description = "The model: a folder, or the name of one under models/.",
    };

    private readonly Option<string> device = new("--device")
    {
        Description = "Where the model computes: auto, cpu, cuda or cuda:N.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "In what numbers the model computes; auto takes what this processor is fastest in.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<int> batch = new("--batch")
    {
        Description = "Pictures that go through the model together.",
        DefaultValueFactory = _ => new ImageRecognizerOptions().BatchSize,
    };

    private readonly Option<int> threads = new("--threads")
    {
        Description = "Threads that decode, and as many that compute.",
        DefaultValueFactory = _ => new ImageRecognizerOptions().Threads,
    };

    private readonly Option<long> maxPixels = new("--max-pixels")
    {
        Description = "A picture with more pixels is refused.",
        DefaultValueFactory = _ => new ImageLimits().MaxPixels,
    };

    private readonly Option<long> maxBytes = new("--max-bytes")
    {
        Description = "A file with more bytes is refused.",
        DefaultValueFactory = _ => new ImageLimits().MaxBytes,
    };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="defaultModel">The model that is taken where none is named; null: the verb says which
    /// (<see cref="Fallback"/>).</param>
    public ModelOptions(Command command, string? defaultModel = ModelFolder.DefaultName)
    {
        if (defaultModel is not null)
            model.DefaultValueFactory = _ => defaultModel;
        precision.AcceptOnlyFromAmong([.. Precisions.Keys]);
        batch.Validators.Add(result => CheckRange(result, batch, 1, 1024));
        threads.Validators.Add(result => CheckRange(result, threads, 1, 256));
        maxPixels.Validators.Add(result => CheckRange(result, maxPixels, 1, Array.MaxLength / 3));
        maxBytes.Validators.Add(result => CheckRange(result, maxBytes, 1, Array.MaxLength));
        foreach (var option in new Option[] { model, device, precision, batch, threads, maxPixels, maxBytes })
            command.Options.Add(option);
    }

    /// <summary>The model that is taken where none is named, for a verb that learns it late.</summary>
    public string? Fallback { get; set; }

    /// <summary>Opens the model that was asked for.</summary>
    public LoadedModel Open(ParseResult parsed, ModelParts parts) =>
        OpenFolder(parsed).OpenModel(parts, DeviceOf(parsed));

    /// <summary>The folder of the model that was asked for.</summary>
    public string Folder(ParseResult parsed) =>
        ModelFolder.Find(parsed.GetValue(model) ?? Fallback ?? ModelFolder.DefaultName);

    /// <summary>Where it computes.</summary>
    public Device DeviceOf(ParseResult parsed) => Device.Parse(parsed.GetValue(device)!);

    /// <summary>Finds the model that was asked for, and loads libtorch meanwhile.</summary>
    public ModelFolder OpenFolder(ParseResult parsed)
    {
        var path = Folder(parsed);
        // libtorch takes longer to load than all that is read meanwhile. The process must not end while it loads.
        var engine = Task.Run(() => Engine.Threads = parsed.GetValue(threads));
        ModelFolder folder;
        try
        {
            folder = ModelFolder.Open(path);
        }
        finally
        {
            Task.WaitAny(engine);
        }
        engine.GetAwaiter().GetResult();
        return folder;
    }

    /// <summary>Options of recognition with what was asked for here.</summary>
    public ImageRecognizerOptions Recognition(ParseResult parsed) => new()
    {
        BatchSize = parsed.GetValue(batch), Threads = parsed.GetValue(threads),
        Precision = Precisions[parsed.GetValue(precision)!],
        Decoder = new ImageDecoderOptions
        {
            Limits = new ImageLimits { MaxPixels = parsed.GetValue(maxPixels), MaxBytes = parsed.GetValue(maxBytes) },
        },
    };

    /// <summary>Refuses a number outside its range when arguments are parsed.</summary>
    public static void CheckRange<T>(OptionResult result, Option<T> option, T least, T most)
        where T : struct, IComparable<T>
    {
        if (result.Tokens.Count > 0 && !result.Errors.Any() && result.GetValue(option) is var value
            && !(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0))
            result.AddError($"{option.Name} · expected {least} to {most}, got {result.Tokens[0].Value}");
    }

    /// <summary>As above, for an option without a default.</summary>
    public static void CheckRange<T>(OptionResult result, Option<T?> option, T least, T most)
        where T : struct, IComparable<T>
    {
        if (result.Tokens.Count > 0 && !result.Errors.Any() && result.GetValue(option) is { } value
            && !(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0))
            result.AddError($"{option.Name} · expected {least} to {most}, got {result.Tokens[0].Value}");
    }
}
