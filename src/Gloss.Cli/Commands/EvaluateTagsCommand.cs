using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Data;
using Gloss.Evaluation;
using Gloss.Inference;
using Gloss.Text;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss evaluate tags</c>: tags against those that captions name, and thresholds tuned on them.</summary>
internal static class EvaluateTagsCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command =
            new Command("tags", "Tags against those that a picture's captions name: mAP, precision, recall, F1.");
        var data = new DataArguments(command);
        var minPositives = new Option<int>("--min-positives")
        {
            Description = "Count tags that at least so many pictures have.", DefaultValueFactory = _ => 10,
        };
        minPositives.Validators.Add(result => ModelOptions.CheckRange(result, minPositives, 1, int.MaxValue));
        var scores = new Option<string?>("--scores")
        {
            Description =
                "Keep the probabilities in this file; where it is there they are read, and the model need not run.",
        };
        var tune = new Option<string?>("--tune-thresholds")
        {
            Description =
                "Find each tag's best threshold and write them: one a line, or to a .jsonl file the model's tags with them.",
        };
        var precision = new Option<double?>("--target-precision")
        {
            Description =
                "With --tune-thresholds: the precision that a tag must reach, 0 to 1, instead of the best F1.",
        };
        precision.Validators.Add(result => ModelOptions.CheckRange(result, precision, 0.01, 1));
        foreach (var option in new Option[] { minPositives, scores, tune, precision })
            command.Options.Add(option);
        var model = new ModelOptions(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(precision) is not null && result.GetValue(tune) is null)
                result.AddError("--target-precision needs --tune-thresholds FILE");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var images = data.Read(parsed);
            var start = Stopwatch.GetTimestamp();
            var folder = ModelFolder.Open(model.Folder(parsed));
            var vocabulary = folder.ReadTags();
            var known = Score(parsed, model, folder, vocabulary, images, parsed.GetValue(scores), cancellationToken);
            var least = parsed.GetValue(minPositives);
            var report = TaggingEvaluation.Measure(vocabulary, folder.Config.Threshold, known.Scores,
                known.Targets!, least);
            TaggingDecisions? tuned = null;
            if (parsed.GetValue(tune) is { } file)
            {
                var thresholds = new ThresholdTuning { TargetPrecision = parsed.GetValue(precision),
                    MinPositives = least }
                    .Tune(known.Scores, known.Targets!, vocabulary.Count);
                vocabulary = new TagVocabulary(vocabulary.Select(tag => tag with { Threshold = thresholds[tag.Id] }));
                if (Path.GetExtension(file) == ".jsonl")
                    vocabulary.Save(file);
                else
                    ThresholdFile.Write(file, thresholds);
                tuned = TaggingEvaluation.Measure(vocabulary, folder.Config.Threshold, known.Scores, known.Targets!,
                    least).Decisions;
            }
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var output = parsed.InvocationConfiguration.Output;
            if (data.IsJson(parsed))
                output.WriteLine(
                    JsonSerializer.Serialize(new { split = data.Split(parsed), seconds = Math.Round(seconds, 1), report,
                    tuned }, EvaluateCommand.Json));
            else
                Write(output, report, tuned, seconds);
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static ScoreFile Score(ParseResult parsed, ModelOptions model, ModelFolder folder, TagVocabulary vocabulary,
        IReadOnlyList<CaptionedImage> images, string? file, CancellationToken cancellationToken)
    {
        var question = file is null ? "" : ScoreFile.Question(folder.Folder, [
            "tags by captions", model.Recognition(parsed).Precision.ToString(),
            .. vocabulary.Select(tag => $"{tag.Name} {tag.Type} {string.Join('|', tag.Synonyms)}"),
            .. images.Select(image => $"{Path.GetFullPath(image.ImagePath)} {string.Join('|', image.Captions)}")]);
        if (file is not null && ScoreFile.TryRead(file, question) is { } kept)
            return kept;
        using var loaded = model.Open(parsed, ModelParts.Tagging);
        using var recognizer = new ImageRecognizer(loaded, model.Recognition(parsed));
        using var progress = new PictureProgress(parsed.InvocationConfiguration.Error, images.Count);
        var scores = TaggingEvaluation.Score(recognizer, loaded.Predictor, images, progress, cancellationToken);
        if (file is not null)
            scores.Write(file, question, vocabulary.Count);
        return scores;
    }

    private static void Write(TextWriter output, TaggingReport report, TaggingDecisions? tuned, double seconds)
    {
        output.WriteLine(Invariant($"pictures   {report.Pictures} in {seconds:F1} s"));
        output.WriteLine(
            Invariant(
            $"tags       {report.Tags}, of which {report.CountedTags} have {report.MinPositives} pictures or more: these are counted"));
        output.WriteLine(
            Invariant(
            $"a picture  {report.LabelsPerPicture:F1} tags by its captions, {report.TagsPerPicture:F1} by the model"));
        output.WriteLine(Invariant($"mAP        {report.MeanAveragePrecision:F4}"));
        output.WriteLine("                          CP      CR      CF1     OP      OR      OF1");
        foreach (var (name, d) in new (string, TaggingDecisions?)[]
            { ("model's thresholds", report.Decisions), ("best overall F1", report.BestOverall),
                ("best class F1", report.BestPerClass), ("tuned, same pictures", tuned) })
        {
            if (d is null)
                continue;
            var at = d.Threshold is { } threshold ? Invariant($"{name} ({threshold:F2})") : name;
            output.WriteLine(
                Invariant($"{at,-24}  {d.CP:F4}  {d.CR:F4}  {d.CF1:F4}  {d.OP:F4}  {d.OR:F4}  {d.OF1:F4}"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
