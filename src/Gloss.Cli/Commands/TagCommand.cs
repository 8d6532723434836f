using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Text;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss tag</c>: pictures in, their tags out; or where the model saw one tag.</summary>
internal static class TagCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("tag", "Say what is in pictures, as tags with their probability.");
        var pictures = new PictureArguments(command);
        var threshold = new Option<float?>("--threshold")
        {
            Description = "Give tags whose probability is above this, 0 to 1, instead of the model's own thresholds.",
        };
        threshold.Validators.Add(result => ModelOptions.CheckRange(result, threshold, 0, 1));
        var thresholds = new Option<string?>("--thresholds")
        {
            Description =
                "Give tags by the thresholds of this file, one a line; gloss evaluate tags --tune-thresholds writes "
                + "such.",
        };
        var top = new Option<int?>("--top")
        {
            Description =
                "Give the so many most likely tags, whatever the model's thresholds; with --threshold only those above "
                + "it.",
        };
        top.Validators.Add(result => ModelOptions.CheckRange(result, top, 1, int.MaxValue));
        var where = new Option<string?>("--where")
        {
            Description = "Draw where the model sees this tag in the one picture given; needs -o.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The picture that --where draws: .png, .jpg or .webp.",
        };
        command.Options.Add(threshold);
        command.Options.Add(thresholds);
        command.Options.Add(top);
        command.Options.Add(where);
        command.Options.Add(output);
        var choice = new TagChoice(command);
        var model = new ModelOptions(command);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(where) is null) != (result.GetValue(output) is null))
                result.AddError("--where TAG and -o FILE belong together");
            if (result.GetValue(where) is not null
                && (pictures.Form(result) != ResultForm.Text || result.GetValue(top) is not null))
                result.AddError("--where draws one tag: --json, --jsonl and --top have nothing to say with it");
            if (result.GetValue(threshold) is not null && result.GetValue(thresholds) is not null)
                result.AddError("--threshold and --thresholds exclude each other");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            using var loaded = model.Open(parsed, ModelParts.Tagging);
            if (parsed.GetValue(thresholds) is { } file)
                loaded.UseThresholds(ThresholdFile.Read(file, loaded.Predictor.Vocabulary.Count));
            using var openSet = choice.OpenSet(parsed, loaded, cancellationToken);
            var options = choice.Apply(parsed, model.Recognition(parsed), loaded.Predictor.Vocabulary) with
            {
                Threshold = parsed.GetValue(threshold), Top = parsed.GetValue(top),
            };
            using var recognizer = new ImageRecognizer(loaded, options, openSet);
            return parsed.GetValue(where) is { } tag
                ? Draw(recognizer, recognizer.Predictor, pictures.Files(parsed), tag, parsed.GetValue(output)!, parsed)
                : RecognitionRun.Print(recognizer, options, pictures.Files(parsed), pictures.Form(parsed),
                    parsed.InvocationConfiguration,
                    cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static int Draw(ImageRecognizer recognizer, RecognitionPredictor predictor, IEnumerable<ImageFile> files,
        string name,
        string output, ParseResult parsed)
    {
        var tag = TagChoice.Find(predictor.Vocabulary, name);
        var found = files.Take(2).ToArray();
        if (found.Length != 1)
            throw new ArgumentException($"--where draws over one picture, got {(found.Length == 0 ? "none" : "more")}");
        if (found[0].Error is { } error)
            throw error;
        DrawnPicture.CheckTarget("-o", output, found[0].Path);
        var (picture, score, weights, side) = recognizer.WhereSeen(found[0].Path, tag.Id);
        ImageEncoder.Save(HeatMap.Overlay(picture, weights, side, side), output);
        parsed.InvocationConfiguration.Output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{found[0].Path}: {tag.Name} {score:F2} · {output}"));
        var threshold = parsed.GetValue<float?>("--threshold") ?? tag.Threshold ?? predictor.Options.Threshold;
        if (score > threshold)
            return ExitCode.Done;
        parsed.InvocationConfiguration.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{GlossCommandLine.Name}: {tag.Name} is not above its threshold {threshold:F2}: the map shows where the "
            + $"model looked for it"));
        return ExitCode.NothingFound;
    }
}
