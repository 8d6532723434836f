using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Data;
using Gloss.Inference;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss evaluate</c>: how good a model's tags and captions are on pictures with captions.</summary>
internal static class EvaluateCommand
{
    private const int DefaultSteered = 200;

    /// <summary>How reports are written as JSON.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The verb with what it evaluates.</summary>
    public static Command Create() => new("evaluate",
        "Measure a model's tags or captions on pictures with captions, its boxes on annotated ones, or its tags on an official benchmark.")
    {
        EvaluateTagsCommand.Create(), CreateCaption(), EvaluateRetrievalCommand.Create(), EvaluateBoxes.Create(),
        EvaluateBenchmarkCommand.Create(),
    };

    private static Command CreateCaption()
    {
        var command = new Command("caption",
            "Captions against a picture's own: BLEU, ROUGE-L, CIDEr-D; and how tags steer them.");
        var data = new DataArguments(command);
        var guideThreshold = new Option<float?>("--guide-threshold")
        {
            Description = "Let recognised tags guide captions whose probability is above this, 0 to 1.",
        };
        guideThreshold.Validators.Add(result => ModelOptions.CheckRange(result, guideThreshold, 0, 1));
        var thresholds = new Option<string?>("--thresholds")
        {
            Description = "Measure with each of these guiding thresholds, with commas between them: 0.3,0.4,0.5.",
        };
        var steer = new Option<bool>("--steer")
        {
            Description =
                "Measure how often captions name a tag that is asked for, which the references name and the caption without tags does not.",
        };
        var pictures = new Option<int>("--steered")
        {
            Description = "Pictures that --steer counts.", DefaultValueFactory = _ => DefaultSteered,
        };
        pictures.Validators.Add(result => ModelOptions.CheckRange(result, pictures, 1, int.MaxValue));
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the captions to this file, one JSON object a line.",
        };
        var results = new Option<string?>("--results")
        {
            Description =
                "Measure captions of another program instead of the model's: COCO results, a JSON list of image_id and caption.",
        };
        foreach (var option in new Option[] { guideThreshold, thresholds, steer, pictures, output, results })
            command.Options.Add(option);
        var generation = new GenerationArguments(command);
        var model = new ModelOptions(command);
        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(steer), result.GetValue(thresholds) is not null,
                result.GetValue(guideThreshold) is not null }.Count(b => b) > 1)
                result.AddError("--steer, --thresholds and --guide-threshold exclude each other");
            if (result.GetValue(results) is not null
                && (result.GetValue(steer) || (result.GetValue(thresholds) ?? result.GetValue(output)) is not null
                || result.GetValue(guideThreshold) is not null))
                result.AddError(
                    "--results measures captions as they are: --steer, --thresholds, --guide-threshold and -o need the model");
            if (result.GetValue(thresholds) is { } list && Thresholds(list).Any(value => value is not (>= 0 and <= 1)))
                result.AddError($"--thresholds · expected numbers from 0 to 1 with commas between them, got {list}");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var images = data.Read(parsed);
            if (parsed.GetValue(results) is { } file)
                return Results(file, images, parsed.InvocationConfiguration, data.IsJson(parsed));
            using var loaded = model.Open(parsed, ModelParts.All);
            var options = model.Recognition(parsed) with
            {
                HasTags = false, HasCaption = true, Generation = generation.Apply(parsed, loaded.Config.Generation),
            };
            using var recognizer = new ImageRecognizer(loaded, options);
            var isSteered = parsed.GetValue(steer);
            var streams = parsed.InvocationConfiguration;
            using var progress = new PictureProgress(streams.Error, isSteered
                ? Math.Min(images.Count, parsed.GetValue(pictures)) : images.Count);
            var start = Stopwatch.GetTimestamp();
            if (isSteered)
            {
                var steering = CaptionEvaluation.Steer(recognizer, loaded.Predictor, images, parsed.GetValue(pictures),
                    progress: progress,
                    cancellationToken: cancellationToken);
                progress.Dispose();
                WriteLines(parsed.GetValue(output), steering.Examples);
                if (data.IsJson(parsed))
                    streams.Output.WriteLine(JsonSerializer.Serialize(steering with { Examples = [] }, Json));
                else
                    Write(streams.Output, steering);
                return steering.Pictures > 0 ? ExitCode.Done : ExitCode.NothingFound;
            }
            float?[] guides = parsed.GetValue(thresholds) is { } list
                ? Thresholds(list) : [parsed.GetValue(guideThreshold)];
            var reports = CaptionEvaluation.Run(recognizer, loaded.Predictor, images, guides, progress,
                cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            progress.Dispose();
            WriteLines(parsed.GetValue(output), reports.SelectMany(report => report.Captions));
            if (data.IsJson(parsed))
            {
                streams.Output.WriteLine(JsonSerializer.Serialize(new
                {
                    split = data.Split(parsed), seconds = Math.Round(seconds, 1), generation = options.Generation,
                    reports = reports.Select(report => report with { Captions = [] }),
                }, Json));
            }
            else
            {
                Write(streams.Output, reports, seconds);
            }
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static int Results(string file, IReadOnlyList<CaptionedImage> images, InvocationConfiguration streams,
        bool isJson)
    {
        var report = CaptionEvaluation.Score(CaptionResults.Read(file, images));
        if (report.Pictures < images.Count)
            streams.Error.WriteLine(
                $"{GlossCommandLine.Name}: {images.Count - report.Pictures} of {images.Count} pictures have no caption in {file}: left out, as the public tool does");
        if (isJson)
        {
            streams.Output.WriteLine(JsonSerializer.Serialize(new
            {
                report.Pictures, report.Bleu1, report.Bleu2, report.Bleu3, report.Bleu4, report.RougeL, report.CiderD,
                report.WordsPerCaption,
            }, Json));
            return ExitCode.Done;
        }
        streams.Output.WriteLine($"pictures {report.Pictures}");
        streams.Output.WriteLine("words   BLEU-1  BLEU-2  BLEU-3  BLEU-4  ROUGE-L  CIDEr-D");
        streams.Output.WriteLine(
            Invariant(
            $"{report.WordsPerCaption,5:F1}   {report.Bleu1:F4}  {report.Bleu2:F4}  {report.Bleu3:F4}  {report.Bleu4:F4}  {report.RougeL:F4}   {report.CiderD:F4}"));
        return ExitCode.Done;
    }

    private static float?[] Thresholds(string list) => [.. list.Split(',').Select(text =>
        (float?)(float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value : float.NaN))];

    private static void WriteLines<T>(string? path, IEnumerable<T> items)
    {
        if (path is null)
            return;
        var lines = new JsonSerializerOptions(Json) { WriteIndented = false };
        AtomicFile.WriteText(path, string.Concat(items.Select(item => JsonSerializer.Serialize(item, lines) + "\n")));
    }

    private static void Write(TextWriter output, IReadOnlyList<CaptionReport> reports, double seconds)
    {
        output.WriteLine(Invariant($"pictures {reports[0].Pictures} in {seconds:F1} s"));
        output.WriteLine("guide   tags   words   BLEU-1  BLEU-2  BLEU-3  BLEU-4  ROUGE-L  CIDEr-D");
        foreach (var r in reports)
        {
            var guide = r.GuideThreshold is { } threshold ? Invariant($"{threshold:F2}") : "model";
            output.WriteLine(Invariant($"{guide,-6}  {r.TagsPerPicture,4:F1}   {r.WordsPerCaption,5:F1}   ")
                + Invariant($"{r.Bleu1:F4}  {r.Bleu2:F4}  {r.Bleu3:F4}  {r.Bleu4:F4}  {r.RougeL:F4}   {r.CiderD:F4}"));
        }
    }

    private static void Write(TextWriter output, SteeringReport report)
    {
        void Line(string what, int count) =>
            output.WriteLine(Invariant($"{what,-44}{count,5}  {100.0 * count / Math.Max(1, report.Pictures):F1} %"));
        output.WriteLine(
            $"{report.Pictures} pictures, each with a tag that its references name and its caption without tags does not;");
        output.WriteLine("captions that name it:");
        Line("not asked for (guided by recognised tags)", report.NotAsked);
        Line("asked for alone", report.Asked);
        Line("asked for besides the recognised tags", report.AskedBesides);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
