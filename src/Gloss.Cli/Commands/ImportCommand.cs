using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss import</c>: makes a model folder of a published checkpoint.</summary>
internal static class ImportCommand
{
    private static readonly Dictionary<string, WeightPrecision> Precisions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fp32"] = WeightPrecision.Float32, ["fp16"] = WeightPrecision.Float16, ["bf16"] = WeightPrecision.BFloat16,
        ["int8"] = WeightPrecision.Int8,
    };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint")
        {
            Description =
                "A checkpoint of Tag2Text, RAM, RAM++, CLIP or Grounding DINO: .pth, .pt, .bin or .safetensors. No "
                + "code in it is run.",
        };
        var tags = new Option<string?>("--tags")
        {
            Description =
                "The names of its tags, one a line, in the order of its classes; not for CLIP and Grounding DINO.",
        };
        var chinese = new Option<string?>("--tags-zh") { Description = "Their Chinese names, one a line." };
        var thresholds = new Option<string?>("--thresholds") { Description = "Their thresholds, one a line, 0 to 1." };
        var vocabulary = new Option<string?>("--vocab")
        {
            Description =
                "BERT's vocab.txt for captions (Tag2Text, RAM) and for Grounding DINO; bpe_simple_vocab_16e6.txt.gz "
                + "for CLIP; RAM++ needs none.",
        };
        var config = new Option<string?>("--config")
        {
            Description =
                "JSON of what the weights do not tell, where it is not as published: image_size, window_size, heads, "
                + "thresholds.",
        };
        var clip = new Option<string?>("--clip")
        {
            Description =
                "A model folder of CLIP that is put into the new one, so that RAM and RAM++ know tags outside their "
                + "vocabulary.",
        };
        var skip = new Option<string[]>("--skip")
        {
            Description = "Leave out weights whose name begins with this; may be given again.",
        };
        var precision = new Option<string>("--precision")
        {
            Description = "How the folder stores the weights.", DefaultValueFactory = _ => "fp32",
        };
        precision.AcceptOnlyFromAmong([.. Precisions.Keys]);
        var output = new Option<string>("--out", "-o") { Description = "The model folder to write.", Required = true };
        var command = new Command("import", "Make a model folder of a published checkpoint.")
        {
            checkpoint, tags, chinese, thresholds, vocabulary, config, clip, skip, precision, output,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            if (GroundingImport.IsGrounding(parsed.GetRequiredValue(checkpoint)))
            {
                parsed.InvocationConfiguration.Output.WriteLine(GroundingImport.Run(parsed.GetRequiredValue(checkpoint),
                    parsed.GetValue(vocabulary) ?? throw new CheckpointException(
                        "Grounding DINO needs its words · hint: --vocab vocab.txt of bert-base-uncased"),
                    parsed.GetValue(config), Precisions[parsed.GetValue(precision)!], parsed.GetRequiredValue(output)));
                return ExitCode.Done;
            }
            var imported = CheckpointImport.Run(new CheckpointImportOptions
            {
                Checkpoint = parsed.GetRequiredValue(checkpoint), Output = parsed.GetRequiredValue(output),
                Tags = parsed.GetValue(tags),
                ChineseTags = parsed.GetValue(chinese), Thresholds = parsed.GetValue(thresholds),
                Vocabulary = parsed.GetValue(vocabulary),
                Config = parsed.GetValue(config), Clip = parsed.GetValue(clip), Skip = parsed.GetValue(skip) ?? [],
                Precision = Precisions[parsed.GetValue(precision)!],
            }, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine(Describe(imported));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static string Describe(ImportedModel model)
    {
        var tags = (model.Config.Tag2Text?.Tags ?? model.Config.Ram?.Tags ?? model.Config.RamPlus?.Tags) is { } count
            ? $"{count} tags, " : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{model.Folder}: {model.Config.Family}, {tags}{model.ImageSize} pixels, ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{model.ParameterCount / 1e6:F1} M parameters{(model.HasCaptions ? ", captions" : "")}");
    }
}
