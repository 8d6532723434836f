using System.CommandLine;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Torch;

namespace Gloss.Cli.Recognition;

/// <summary>The options of every verb that asks a grounding model: which one, where and how it computes.</summary>
internal sealed class GroundingModelOptions
{
    private const string DefaultModel = "grounding";

    private readonly Option<string> model = new("--model", "-m")
    {
        Description = "The grounding model: a folder, or the name of one under models/.",
        DefaultValueFactory = _ => DefaultModel,
    };

    private readonly Option<string> device = new("--device")
    {
        Description = "Where the model computes: auto, cpu, cuda or cuda:N.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "In what numbers matrix products compute: fp32, or bf16 (boxes stay in fp32).",
        DefaultValueFactory = _ => "fp32",
    };

    private readonly Option<int> threads = new("--threads")
    {
        Description = "Threads that compute.",
        DefaultValueFactory = _ => new ImageRecognizerOptions().Threads,
    };

    /// <summary>Adds the options to a verb.</summary>
    public GroundingModelOptions(Command command)
    {
        precision.AcceptOnlyFromAmong("fp32", "bf16");
        threads.Validators.Add(result => ModelOptions.CheckRange(result, threads, 1, 256));
        foreach (var option in new Option[] { model, device, precision, threads })
            command.Options.Add(option);
    }

    /// <summary>Where the model computes.</summary>
    public Device Device(ParseResult parsed) => Torch.Device.Parse(parsed.GetValue(device)!);

    /// <summary>Threads that compute.</summary>
    public int Threads(ParseResult parsed) => parsed.GetValue(threads);

    /// <summary>Whether <c>--precision bf16</c> is given.</summary>
    public bool Bf16(ParseResult parsed) => parsed.GetValue(precision) == "bf16";

    /// <summary>Loads the model, to compute with as many threads as asked for.</summary>
    public LoadedGrounding Open(ParseResult parsed)
    {
        Engine.Threads = Threads(parsed);
        return ModelFolder.Open(parsed.GetValue(model)!).OpenGrounding(Device(parsed));
    }
}
