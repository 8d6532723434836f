using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Data;
using Gloss.Data.Grounding;
using Gloss.Evaluation;
using Gloss.Inference.Grounding;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary>
/// <c>gloss evaluate boxes</c>: how well a grounding model finds phrases, or objects by their categories.
/// </summary>
internal static class EvaluateBoxes
{
    private static readonly JsonSerializerOptions json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("boxes",
            "Boxes against annotated ones: Recall@1/5/10 of phrases by type, accuracy of referring expressions, or COCO AP of objects.");
        var data = new Option<string>("--data")
        {
            Description = "A folder with phrases.jsonl or labels.jsonl, COCO's instances_*.json, or ODVG lines.",
            Required = true,
        };
        var images = new Option<string?>("--images")
        {
            Description = "The folder of its pictures; default: images beside the file.",
        };
        var split = new Option<string>("--split")
        {
            Description = "Which lines of it; those without a split belong to all.",
            DefaultValueFactory = _ => "val",
        };
        var limit = new Option<int?>("--limit") { Description = "The most pictures, from the first." };
        limit.Validators.Add(result => ModelOptions.CheckRange(result, limit, 1, int.MaxValue));
        var results = new Option<string?>("--results")
        {
            Description = "Measure this file of COCO results, of any program, instead of a model.",
        };
        var write = new Option<string?>("--write-results")
        {
            Description = "Write what is found to this file as COCO results, with the numbers of the data.",
        };
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object." };
        foreach (var option in new Option[] { data, images, split, limit, results, write, asJson })
            command.Options.Add(option);
        var model = new GroundingModelOptions(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(results) is not null && result.GetValue(write) is not null)
                result.AddError("give one of --results FILE, to measure it, and --write-results FILE");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(data);
            var set = GroundingDataset.Read(path, parsed.GetValue(split), parsed.GetValue(images));
            var chosen = set.Images.Take(parsed.GetValue(limit) ?? int.MaxValue).ToList();
            var streams = parsed.InvocationConfiguration;
            // Of a COCO file all that stands there is measured.
            if (set.Skips.Count > 0 && set.CategoriesById is null)
                streams.Error.WriteLine($"{GlossCommandLine.Name}: left out or changed: {set.DescribeSkips()}");
            var isDetection = chosen.All(i => i.Objects is not null);
            if (!isDetection && chosen.Any(i => i.Objects is not null))
                throw new DatasetException(
                    $"{path} · expected either phrases or objects, got both · hint: one file for each");
            if ((parsed.GetValue(results) ?? parsed.GetValue(write)) is not null && set.CategoriesById is null)
                throw new DatasetException(
                    $"{path} · expected a COCO file, whose pictures and categories results name by number");
            var start = Stopwatch.GetTimestamp();
            if (parsed.GetValue(results) is { } file)
            {
                var ids = chosen.Select(i => i.Id).ToHashSet();
                DetectedBox[] read = [.. CocoBoxResults.Read(file, set).Where(b => ids.Contains(b.ImageId))];
                var measured = BoxEvaluation.Detection(chosen, set.Categories, read);
                Print(streams.Output, measured, chosen.Count, start, parsed.GetValue(asJson));
                return ExitCode.Done;
            }
            using var loaded = model.Open(parsed);
            var options = isDetection ? new GrounderOptions { Threshold = 0, Suppression = Suppression.None }
                : new GrounderOptions();
            using var grounder = new Grounder(loaded, options with { Bf16 = model.Bf16(parsed) });
            using var progress = new PictureProgress(streams.Error, chosen.Count);
            start = Stopwatch.GetTimestamp();
            if (isDetection)
            {
                var found = new List<DetectedBox>();
                var result = BoxEvaluation.Detection(grounder, chosen, set.Categories, found, progress,
                    cancellationToken);
                progress.Dispose();
                if (parsed.GetValue(write) is { } target)
                    BoxFiles.Write(target, CocoBoxResults.Text(found, set));
                Print(streams.Output, result, chosen.Count, start, parsed.GetValue(asJson));
                return ExitCode.Done;
            }
            var phrases = BoxEvaluation.Phrases(grounder, chosen, progress, cancellationToken);
            progress.Dispose();
            if (phrases.Count == 0)
                throw new DatasetException($"{path} · no phrase has a box");
            Print(streams.Output, phrases, chosen.Count, start, parsed.GetValue(asJson));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static void Print(TextWriter output, IReadOnlyList<PhraseGrounding> phrases, int pictures, long start,
        bool asJson)
    {
        var (all, byType) = PhraseRecall.Measure(phrases);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                pictures, seconds = Math.Round(seconds, 1), all,
                by_type = byType.ToDictionary(t => t.Type, t => t.Recall),
            }, json));
            return;
        }
        output.WriteLine(
            Invariant(
            $"{pictures} pictures in {seconds:F1} s · phrases found at IoU 0.5, several boxes as the one around them"));
        output.WriteLine("type          phrases  R@1     R@5     R@10");
        // R@1 is what is called accuracy for referring expressions.
        foreach (var (type, r) in byType.Where(t => t.Type.Length > 0).Prepend(("all", all)))
            output.WriteLine(Invariant($"{type,-12}  {r.Phrases,7}  {r.At1:F4}  {r.At5:F4}  {r.At10:F4}"));
    }

    private static void Print(TextWriter output, CocoDetectionResult r, int pictures, long start, bool asJson)
    {
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (asJson)
        {
            output.WriteLine(
                JsonSerializer.Serialize(new { pictures, seconds = Math.Round(seconds, 1), report = r }, json));
            return;
        }
        output.WriteLine(Invariant($"{pictures} pictures in {seconds:F1} s · COCO measure"));
        output.WriteLine(
            Invariant(
            $"AP    {r.Ap:F4}   at IoU 0.5 {r.Ap50:F4}   at 0.75 {r.Ap75:F4}   small {r.ApSmall:F4}   medium {r.ApMedium:F4}   large {r.ApLarge:F4}"));
        output.WriteLine(
            Invariant(
            $"AR    1 box {r.ArMax1:F4}   10 {r.ArMax10:F4}   100 {r.ArMax100:F4}   small {r.ArSmall:F4}   medium {r.ArMedium:F4}   large {r.ArLarge:F4}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
