using System.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Inference;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss classify</c>: which of given labels each picture is, by CLIP, without training.</summary>
internal static class ClassifyCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("classify",
            "Say which of your labels fits each picture best, with probabilities over them (CLIP).");
        var pictures = new PictureArguments(command);
        var labels = new Option<string?>("--labels")
        {
            Description = "The labels, with commas between them: \"cat,dog,bird\".",
        };
        var labelsFile = new Option<string?>("--labels-file")
        {
            Description = "A file of labels, one a line; any number.",
        };
        var template = new Option<string[]>("--template")
        {
            Description =
                "A sentence about a label, {} standing for it: \"a photo of a {}.\"; may be given again. Else the 63 "
                + "of RAM.",
        };
        var top = new Option<int?>("--top") { Description = "Give the so many best labels; else all." };
        top.Validators.Add(result => ModelOptions.CheckRange(result, top, 1, int.MaxValue));
        foreach (var option in new Option[] { labels, labelsFile, template, top })
            command.Options.Add(option);
        var model = new ModelOptions(command, ModelFolder.ClipName);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(labels) is null) == (result.GetValue(labelsFile) is null))
                result.AddError("give one of --labels \"cat,dog\" and --labels-file FILE");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var names = parsed.GetValue(labelsFile) is { } file ? TagFile.Read(labelsFile.Name, file)
                : parsed.GetValue(labels)!.Split(',', StringSplitOptions.RemoveEmptyEntries
                    | StringSplitOptions.TrimEntries);
            using var clip = model.OpenFolder(parsed).OpenClip(model.DeviceOf(parsed));
            var options = model.Recognition(parsed) with { Top = parsed.GetValue(top) };
            using var classifier = ClipRecognizer.Classifier(new ClipPredictor(clip), names,
                parsed.GetValue(template) is { Length: > 0 } templates ? templates : null, options, cancellationToken);
            return RecognitionRun.Print(classifier.Run(pictures.Files(parsed), cancellationToken), options,
                pictures.Form(parsed),
                parsed.InvocationConfiguration);
        }, cancellationToken));
        return command;
    }
}
