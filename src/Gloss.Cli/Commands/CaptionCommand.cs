using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Inference;

namespace Gloss.Cli.Commands;

/// <summary>
/// <c>gloss caption</c>: pictures in, a sentence about each out, steered by tags where they are given.
/// </summary>
internal static class CaptionCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("caption", "Say what is in pictures, as a sentence; tags steer what it speaks of.");
        var pictures = new PictureArguments(command);
        var tags = new Option<string?>("--tags")
        {
            Description =
                "Tags to speak of, with commas between them, instead of those that the model recognises: "
                + "\"dog,frisbee\".",
        };
        var guideThreshold = new Option<float?>("--guide-threshold")
        {
            Description = "Let recognised tags guide the caption whose probability is above this, 0 to 1.",
        };
        guideThreshold.Validators.Add(result => ModelOptions.CheckRange(result, guideThreshold, 0, 1));
        var sample = new Option<bool>("--sample")
        {
            Description = "Draw the caption instead of searching the most likely one.",
        };
        var seed = new Option<int?>("--seed")
        {
            Description = "What --sample begins with; equal seeds give equal captions.",
        };
        foreach (var option in new Option[] { tags, guideThreshold, sample, seed })
            command.Options.Add(option);
        var generation = new GenerationArguments(command);
        var model = new ModelOptions(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(seed) is not null && !result.GetValue(sample))
                result.AddError("--seed needs --sample: the search has nothing to draw");
            if (result.GetValue(tags) is not null && result.GetValue(guideThreshold) is not null)
                result.AddError("--tags and --guide-threshold exclude each other");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            using var loaded = model.Open(parsed, ModelParts.All);
            var given = parsed.GetValue(tags)?.Split(',', StringSplitOptions.RemoveEmptyEntries
                | StringSplitOptions.TrimEntries);
            if (given is { Length: 0 })
                throw new ArgumentException(
                    "--tags names no tag · expected names with commas between them, such as \"dog,frisbee\"");
            if (given is not null && loaded.Predictor.Tokens.CountFitting(given) is var fitting
                && fitting < given.Length)
            {
                parsed.InvocationConfiguration.Error.WriteLine(
                    $"{GlossCommandLine.Name}: only the first {fitting} of {given.Length} tags fit; left out: "
                    + $"{string.Join(", ", given[fitting..])}");
            }
            var options = model.Recognition(parsed) with
            {
                HasTags = false, HasCaption = true,
                CaptionTags = given,
                GuideThreshold = parsed.GetValue(guideThreshold),
                Generation = generation.Apply(parsed, loaded.Config.Generation),
                SamplingSeed = parsed.GetValue(sample) ? parsed.GetValue(seed) ?? 0 : null,
            };
            using var recognizer = new ImageRecognizer(loaded, options);
            return RecognitionRun.Print(recognizer, options, pictures.Files(parsed), pictures.Form(parsed),
                parsed.InvocationConfiguration, cancellationToken);
        }, cancellationToken));
        return command;
    }
}
