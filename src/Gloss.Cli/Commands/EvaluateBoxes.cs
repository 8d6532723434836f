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

/// <summary><c>gloss evaluate boxes</c>: how well a grounding model finds phrases, or objects by their categories.</summary>
internal static class EvaluateBoxes
{
    private static readonly JsonSerializerOptions json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("boxes", "Boxes against annotated ones: Recall@1/5/10 of phrases by type, accuracy of referring expressions, or COCO AP of objects.");
        var data = new Option<string>("--data")
        {
            Description = "A folder with phrases.jsonl or labels.jsonl, COCO's instances_*.json, or ODVG lines.", Required = true,
        };
        var images = new Option<string?>("--images") { Description = "The folder of its pictures; default: images beside the file." };
        var split = new Option<string>("--split") { Description = "Which lines of it; those without a split belong to all.", DefaultValueFactory = _ => "val" };
        var limit = new Option<int?>("--limit") { Description = "The most pictures, from the first." };
        limit.Validators.Add(result => ModelOptions.CheckRange(result, limit, 1, int.MaxValue));
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object." };
        foreach (var option in new Option[] { data, images, split, limit, asJson })
            command.Options.Add(option);
        var model = new GroundingModelOptions(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var set = GroundingDataset.Read(parsed.GetRequiredValue(data), parsed.GetValue(split), parsed.GetValue(images));
            var chosen = set.Images.Take(parsed.GetValue(limit) ?? int.MaxValue).ToList();
            var streams = parsed.InvocationConfiguration;
            if (set.Skips.Count > 0)
                streams.Error.WriteLine($"{GlossCommandLine.Name}: left out or changed: {set.DescribeSkips()}");
            using var loaded = model.Open(parsed);
            var isDetection = chosen.All(i => i.Objects is not null);
            if (!isDetection && chosen.Any(i => i.Objects is not null))
                throw new DatasetException($"{parsed.GetRequiredValue(data)} · expected either phrases or objects, got both · hint: one file for each");
            var options = isDetection ? new GrounderOptions { Threshold = 0, Suppression = Suppression.None } : new GrounderOptions();
            using var grounder = new Grounder(loaded, options with { Bf16 = model.Bf16(parsed) });
            using var progress = new PictureProgress(streams.Error, chosen.Count);
            var start = Stopwatch.GetTimestamp();
            if (isDetection)
            {
                var result = BoxEvaluation.Detection(grounder, chosen, set.Categories, progress, cancellationToken);
                progress.Dispose();
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (parsed.GetValue(asJson))
                    streams.Output.WriteLine(JsonSerializer.Serialize(new { pictures = chosen.Count, seconds = Math.Round(seconds, 1), report = result }, json));
                else
                    Write(streams.Output, result, chosen.Count, seconds);
                return ExitCode.Done;
            }
            var phrases = BoxEvaluation.Phrases(grounder, chosen, progress, cancellationToken);
            progress.Dispose();
            if (phrases.Count == 0)
                throw new DatasetException($"{parsed.GetRequiredValue(data)} · no phrase has a box");
            var (all, byType) = PhraseRecall.Measure(phrases);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (parsed.GetValue(asJson))
            {
                streams.Output.WriteLine(JsonSerializer.Serialize(new
                {
                    pictures = chosen.Count, seconds = Math.Round(elapsed, 1), all, by_type = byType.ToDictionary(t => t.Type, t => t.Recall),
                }, json));
            }
            else
            {
                Write(streams.Output, all, byType, chosen.Count, elapsed);
            }
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static void Write(TextWriter output, PhraseRecall all, IReadOnlyList<(string Type, PhraseRecall Recall)> byType, int pictures, double seconds)
    {
        output.WriteLine(Invariant($"{pictures} pictures in {seconds:F1} s · phrases found at IoU 0.5, several boxes as the one around them"));
        output.WriteLine("type          phrases  R@1     R@5     R@10");
        // R@1 is what is called accuracy for referring expressions.
        foreach (var (type, r) in byType.Where(t => t.Type.Length > 0).Prepend(("all", all)))
            output.WriteLine(Invariant($"{type,-12}  {r.Phrases,7}  {r.At1:F4}  {r.At5:F4}  {r.At10:F4}"));
    }

    private static void Write(TextWriter output, CocoDetectionResult r, int pictures, double seconds)
    {
        output.WriteLine(Invariant($"{pictures} pictures in {seconds:F1} s · COCO measure"));
        output.WriteLine(Invariant($"AP    {r.Ap:F4}   at IoU 0.5 {r.Ap50:F4}   at 0.75 {r.Ap75:F4}   small {r.ApSmall:F4}   medium {r.ApMedium:F4}   large {r.ApLarge:F4}"));
        output.WriteLine(Invariant($"AR    1 box {r.ArMax1:F4}   10 {r.ArMax10:F4}   100 {r.ArMax100:F4}   small {r.ArSmall:F4}   medium {r.ArMedium:F4}   large {r.ArLarge:F4}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
