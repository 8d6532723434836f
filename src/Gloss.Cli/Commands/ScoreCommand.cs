using System.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Inference;
using Gloss.Models.RamPlus;
using Gloss.Text;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss score</c>: how well texts fit pictures.</summary>
internal static class ScoreCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("score",
            "Say how well texts fit pictures: RAM++'s probability that the text is true of the picture, or CLIP's "
            + "cosine.");
        var pictures = new PictureArguments(command);
        var text = new Option<string[]>("--text", "-t")
        {
            Description = "A text, for example a caption; may be given again.",
            Required = true,
        };
        var clip = new Option<string?>("--clip")
        {
            Description = "The CLIP that embeds texts for RAM++: a folder; else the one inside the model's folder.",
        };
        command.Options.Add(text);
        command.Options.Add(clip);
        var model = new ModelOptions(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var texts = parsed.GetRequiredValue(text).Select(t => t.Trim()).ToArray();
            if (texts.Contains(""))
                throw new ArgumentException("--text · expected a text, got an empty one");
            var options = model.Recognition(parsed) with { Top = texts.Length };
            var folder = model.OpenFolder(parsed);
            if (folder.Config.Clip is not null)
            {
                using var loaded = folder.OpenClip(model.DeviceOf(parsed));
                using var scorer = ClipRecognizer.Scorer(new ClipPredictor(loaded), texts, options);
                return RecognitionRun.Print(scorer.Run(pictures.Files(parsed), cancellationToken), options,
                    pictures.Form(parsed),
                    parsed.InvocationConfiguration);
            }
            using var tagger = folder.OpenModel(ModelParts.Tagging, model.DeviceOf(parsed));
            if (tagger.Model is not RamPlusModel)
                throw new ArgumentException(
                    $"the family {folder.Config.Family} scores no texts · hint: --model of a RAM++ or a CLIP");
            using var openClip = folder.FindClip(parsed.GetValue(clip)).OpenClip(model.DeviceOf(parsed));
            using var openSet = new ClipPredictor(openClip)
                .Tags(new TagDescriptions(texts.Select(t => (t, (IReadOnlyList<string>)[t]))));
            using var recognizer = new ImageRecognizer(tagger, options, openSet);
            return RecognitionRun.Print(recognizer, options, pictures.Files(parsed), pictures.Form(parsed),
                parsed.InvocationConfiguration, cancellationToken);
        }, cancellationToken));
        return command;
    }
}
