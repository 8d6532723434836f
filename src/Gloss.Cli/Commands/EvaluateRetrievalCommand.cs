using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gloss.Cli.Recognition;
using Gloss.Inference;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss evaluate retrieval</c>: how well pictures and their captions find each other.</summary>
internal static class EvaluateRetrievalCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("retrieval",
            "Pictures found by their captions, and captions by their pictures: R@1, R@5, R@10.");
        var data = new DataArguments(command);
        var defaults = new RetrievalOptions();
        var reranked = new Option<int>("--rerank", "-k")
        {
            Description =
                "Candidates of each query that image-text matching ranks anew, where the model has it; 0: none.",
                DefaultValueFactory = _ => defaults.Reranked,
        };
        reranked.Validators.Add(result => ModelOptions.CheckRange(result, reranked, 0, 100_000));
        var tagWeights = new Option<string>("--tag-weights")
        {
            Description = "Weights of the agreement of tags, with commas between them; re-ranking uses the first.",
            DefaultValueFactory = _ => Text(defaults.TagWeights),
        };
        var matchWeights = new Option<string>("--match-weights")
        {
            Description = "Weights of matching, with commas between them.", DefaultValueFactory = _ =>
                Text(defaults.MatchWeights),
        };
        foreach (var option in new[] { tagWeights, matchWeights })
        {
            option.Validators.Add(result =>
            {
                if (Numbers(result.GetValue(option) ?? "").Any(value => !(value >= 0)))
                    result.AddError(
                        $"{option.Name} · expected numbers from 0 with commas between them, got {result.GetValue(option)}");
            });
        }
        foreach (var option in new Option[] { reranked, tagWeights, matchWeights })
            command.Options.Add(option);
        var model = new ModelOptions(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var images = data.Read(parsed);
            using var loaded = model.Open(parsed, ModelParts.All);
            using var recognizer = new ImageRecognizer(loaded, model.Recognition(parsed));
            var streams = parsed.InvocationConfiguration;
            using var progress = new PictureProgress(streams.Error, images.Count);
            var start = Stopwatch.GetTimestamp();
            var report = RetrievalEvaluation.Run(recognizer, loaded.Predictor, images, new RetrievalOptions
            {
                Reranked = parsed.GetValue(reranked), TagWeights = Numbers(parsed.GetValue(tagWeights)!),
                MatchWeights = Numbers(parsed.GetValue(matchWeights)!),
            }, progress, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            progress.Dispose();
            if (data.IsJson(parsed))
                streams.Output.WriteLine(
                    JsonSerializer.Serialize(new { split = data.Split(parsed), seconds = Math.Round(seconds, 1),
                    report }, EvaluateCommand.Json));
            else
                Write(streams.Output, report, seconds);
            return CommandLine.ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static double[] Numbers(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)];

    private static string Text(IReadOnlyList<double> numbers) =>
        string.Join(",", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static void Write(TextWriter output, RetrievalReport report, double seconds)
    {
        output.WriteLine(Invariant($"{report.Pictures} pictures and {report.Captions} captions in {seconds:F1} s"));
        output.WriteLine($"{"",-32}  text to image          image to text");
        output.WriteLine($"{"ranked by",-32}  R@1    R@5    R@10     R@1    R@5    R@10");
        foreach (var way in report.Ways)
        {
            var (t, i) = (way.TextToImage, way.ImageToText);
            output.WriteLine(
                Invariant($"{way.Name,-32}  {t.R1:F3}  {t.R5:F3}  {t.R10:F3}    {i.R1:F3}  {i.R5:F3}  {i.R10:F3}"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
