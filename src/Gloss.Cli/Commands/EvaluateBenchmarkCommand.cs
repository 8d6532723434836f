using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Evaluation;
using Gloss.Inference;
using Gloss.Text;

namespace Gloss.Cli.Commands;

/// <summary>
/// <c>gloss evaluate benchmark</c>: the batch evaluation of the Recognize Anything repository, by its protocol and
/// files.
/// </summary>
internal static class EvaluateBenchmarkCommand
{
    private const int PublishedTag2TextTags = 3429;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var folder = new Argument<string>("folder")
        {
            Description =
                "The benchmark: a folder with its list of tags, its list of pictures and imgs/, as in the official "
                + "repository.",
        };
        var tagList = new Option<string?>("--taglist")
        {
            Description = "The list of tags, where the folder has several.",
        };
        var pictureList = new Option<string?>("--annotations")
        {
            Description = "The list of pictures with their tags, where the folder has several.",
        };
        var images = new Option<string?>("--images")
        {
            Description = "Where the pictures lie; else imgs/ in the folder.",
        };
        var scores = new Option<string?>("--scores")
        {
            Description =
                "Keep the probabilities in this file; where it is there they are read, and the model need not run.",
        };
        var threshold = new Option<float?>("--threshold")
        {
            Description = "One threshold for all tags, 0 to 1, instead of the model's own.",
        };
        threshold.Validators.Add(result => ModelOptions.CheckRange(result, threshold, 0, 1));
        var thresholds = new Option<string?>("--thresholds")
        {
            Description = "A threshold for each tag of the benchmark: a file, one a line.",
        };
        var tune = new Option<string?>("--tune-thresholds")
        {
            Description = "Write each tag's threshold with the best F1 to this file, one a line.",
        };
        var knownOnly = new Option<bool>("--known-only")
        {
            Description = "Leave out the tags that the model's vocabulary has not.",
        };
        var openSet = new Option<bool>("--open-set")
        {
            Description =
                "Ask for the benchmark's tags as ones that the model has never seen: by name (RAM) or by descriptions "
                + "(RAM++).",
        };
        var descriptions = new Option<string?>("--descriptions")
        {
            Description =
                "With --open-set for RAM++: the texts that describe the tags; else the folder's "
                + "…_llm_tag_descriptions.json.",
        };
        var clip = new Option<string?>("--clip")
        {
            Description = "With --open-set: the CLIP that embeds tags; else the one inside the model's folder.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the official pred.txt, pr.txt, ap.txt and summary.txt to this folder.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("benchmark",
            "Tags of OpenImages, HICO, ImageNet or the like, by the official protocol: mAP, CP, CR.")
        {
            folder, tagList, pictureList, images, scores, threshold, thresholds, tune, knownOnly, openSet, descriptions,
            clip, output, json,
        };
        var model = new ModelOptions(command);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(tagList) is null) != (result.GetValue(pictureList) is null))
                result.AddError("--taglist and --annotations belong together");
            if (result.GetValue(threshold) is not null && result.GetValue(thresholds) is not null)
                result.AddError("--threshold and --thresholds exclude each other");
            if (result.GetValue(openSet) && result.GetValue(knownOnly))
                result.AddError("--open-set and --known-only exclude each other");
            if (!result.GetValue(openSet) && (result.GetValue(descriptions) ?? result.GetValue(clip)) is not null)
                result.AddError("--descriptions and --clip need --open-set");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(folder);
            var modelFolder = ModelFolder.Open(model.Folder(parsed));
            var vocabulary = modelFolder.ReadTags();
            var isOpen = parsed.GetValue(openSet);
            var prefersIds = modelFolder.Config.Family == ModelConfig.Tag2TextFamily
                && vocabulary.Count == PublishedTag2TextTags;
            var benchmark = parsed.GetValue(tagList) is { } tags
                ? TagBenchmark.Read(tags, parsed.GetValue(pictureList)!, parsed.GetValue(images)
                    ?? Path.Combine(path, "imgs"))
                : TagBenchmark.Open(path, prefersIds, parsed.GetValue(images));
            var ids = isOpen ? [.. Enumerable.Range(0, benchmark.Tags.Count)]
                : BenchmarkEvaluation.FindTags(benchmark, vocabulary);
            if (!isOpen)
                (benchmark, ids) = Known(benchmark, ids, parsed.GetValue(knownOnly));
            var kept = Score(benchmark, ids);
            float[] limits = parsed.GetValue(threshold) is { } one ? [.. Enumerable.Repeat(one, ids.Length)]
                : parsed.GetValue(thresholds) is { } file ? ThresholdFile.Read(file, ids.Length)
                : isOpen ? [.. Enumerable.Repeat(modelFolder.Config.OpenSetThreshold, ids.Length)]
                : [.. ids.Select(id => vocabulary[id].Threshold ?? modelFolder.Config.Threshold)];
            if (parsed.GetValue(tune) is { } tuned)
            {
                limits = new ThresholdTuning { MinPositives = 1 }.Tune(kept.Scores, benchmark.Targets(), ids.Length);
                ThresholdFile.Write(tuned, limits);
            }
            var report = BenchmarkReport.Measure(benchmark, kept.Scores, limits);
            if (parsed.GetValue(output) is { } results)
            {
                report.Write(results, new Dictionary<string, string>
                {
                    ["model_type"] = modelFolder.Config.Family, ["checkpoint"] = modelFolder.Folder,
                    ["open_set"] = isOpen.ToString(),
                    ["dataset"] = benchmark.Name, ["threshold"] =
                        parsed.GetValue(threshold)?.ToString(CultureInfo.InvariantCulture) ?? "None",
                    ["threshold_file"] = parsed.GetValue(thresholds) ?? "None", ["output_dir"] = results,
                });
            }
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                to.WriteLine(JsonSerializer.Serialize(new
                {
                    benchmark = benchmark.Name, pictures = report.Pictures, tags = report.Tags,
                    mean_average_precision = report.MeanAveragePrecision,
                    cp = report.Decisions.CP, cr = report.Decisions.CR,
                }, EvaluateCommand.Json));
            }
            else
            {
                to.WriteLine($"{benchmark.Name}: {report.Pictures} pictures, {report.Tags} tags");
                to.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"mAP {100 * report.MeanAveragePrecision:F2}   CP {100 * report.Decisions.CP:F2}   CR "
                    + $"{100 * report.Decisions.CR:F2}"));
            }
            return ExitCode.Done;

            ScoreFile Score(TagBenchmark asked, int[] tagIds)
            {
                var store = parsed.GetValue(scores);
                var question = store is null ? "" : ScoreFile.Question(modelFolder.Folder, ["benchmark",
                    .. isOpen ? Embedded(modelFolder, path, parsed.GetValue(descriptions), parsed.GetValue(clip)) : [],
                    model.Recognition(parsed).Precision.ToString(), .. asked.Tags,
                    .. asked.Pictures.Select(p => asked.PathOf(p))]);
                if (store is not null && ScoreFile.TryRead(store, question) is { } known)
                    return known;
                using var loaded = model.Open(parsed, ModelParts.Tagging);
                using var open = isOpen ? OpenSet(loaded, asked, path, parsed.GetValue(descriptions),
                    parsed.GetValue(clip), cancellationToken) : null;
                var options = model.Recognition(parsed) with { OnlyTags = isOpen ? null : tagIds };
                using var recognizer = new ImageRecognizer(loaded, options, open);
                using var progress = new PictureProgress(parsed.InvocationConfiguration.Error, asked.Pictures.Count);
                var computed = new ScoreFile(BenchmarkEvaluation.Score(recognizer, asked, tagIds,
                    error => progress.Say($"{GlossCommandLine.Name}: {error.Message} · counts as a black picture"),
                    progress, cancellationToken), null);
                if (store is not null)
                    computed.Write(store, question, tagIds.Length);
                return computed;
            }
        }, cancellationToken));
        return command;
    }

    private static (TagBenchmark Benchmark, int[] Ids) Known(TagBenchmark benchmark, int[] ids, bool knownOnly)
    {
        int[] known = [.. Enumerable.Range(0, ids.Length).Where(i => ids[i] >= 0)];
        if (known.Length == ids.Length)
            return (benchmark, ids);
        if (!knownOnly || known.Length == 0)
        {
            var missing = benchmark.Tags.Where((_, i) => ids[i] < 0).ToArray();
            throw new ArgumentException(
                $"the model does not know {missing.Length} of the {ids.Length} tags of {benchmark.Name}: " +
                $"{string.Join(", ", missing.Take(6))}{(missing.Length > 6 ? ", …" : "")} · hint: --known-only leaves "
                + $"them out, --open-set asks RAM and RAM++ for any tag");
        }
        return (benchmark.Only(known), [.. known.Select(i => ids[i])]);
    }

    private static OpenSetTags OpenSet(LoadedModel model, TagBenchmark benchmark, string folder, string? descriptions,
        string? clip,
        CancellationToken cancellationToken)
    {
        if (model.Model.OpenSet is not { } shape)
            throw new ArgumentException(
                $"the model knows its own tags alone: family {model.Config.Family} · hint: --open-set is for RAM and "
                + $"RAM++");
        using var loaded = model.Folder.FindClip(clip).OpenClip(model.Device);
        var predictor = new ClipPredictor(loaded);
        if (!shape.IsOfDescriptions)
            return predictor.Tags(benchmark.Tags, cancellationToken);
        var file = DescriptionsIn(folder, descriptions);
        var texts = TagDescriptions.Load(file);
        // As the official code: the file's tags stand for the list's, place by place.
        return texts.Tags.Count == benchmark.Tags.Count
            ? predictor.Tags(texts, cancellationToken)
            : throw new ArgumentException(
                $"{file} describes {texts.Tags.Count} tags, the benchmark has {benchmark.Tags.Count}");
    }

    private static string DescriptionsIn(string folder, string? descriptions) => descriptions
        ?? Directory.EnumerateFiles(folder)
            .FirstOrDefault(f => f.EndsWith("_llm_tag_descriptions.json", StringComparison.Ordinal))
        ?? throw new ArgumentException(
            $"{folder} has no …_llm_tag_descriptions.json · hint: --descriptions FILE, texts that describe the tags");

    // What unseen tags are told by: the CLIP and, for RAM++, what their texts say.
    private static IEnumerable<string> Embedded(ModelFolder model, string folder, string? descriptions, string? clip)
    {
        yield return ScoreFile.Question(model.FindClip(clip).Folder, ["clip"]);
        if (model.Config.RamPlus is not null)
            yield return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(DescriptionsIn(folder, descriptions))));
    }
}
