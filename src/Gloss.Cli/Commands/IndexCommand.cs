using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Cli.Search;
using Gloss.Inference;
using Gloss.Search;
using Gloss.Search.Vectors;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss index</c>: folders in, a catalogue of their pictures out, kept up to date.</summary>
internal static class IndexCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("index",
            "Make a catalogue of the pictures in folders, or bring it up to date; gloss search finds them.");
        var paths = new Argument<string[]>("folders")
        {
            Description =
                "Folders, with all below them; single pictures too. None: the folders that were indexed before.",
                Arity = ArgumentArity.ZeroOrMore,
        };
        command.Arguments.Add(paths);
        var catalogue = new CatalogueArguments(command);
        var captions = new Option<bool>("--captions")
        {
            Description = "Write a caption for each picture, too; takes several times as long.",
        };
        var renew = new Option<bool>("--renew")
        {
            Description =
                "Let this model look at pictures that another has seen: the catalogue becomes this model's. What you "
                + "added and rejected stays.",
        };
        var floor = new Option<float?>("--floor")
        {
            Description =
                "Keep scores above this, 0 to 1, so that another threshold needs no new look; else above half of the "
                + "model's lowest threshold. "
                + "Holds for a new catalogue or with another model.",
        };
        floor.Validators.Add(result => ModelOptions.CheckRange(result, floor, 0, 1));
        var forget = new Option<bool>("--forget")
        {
            Description = "Also forget the pictures that are gone, and what you decided of them.",
        };
        var json = new Option<bool>("--json") { Description = "Print what was done as one JSON object." };
        var watch = new Option<bool>("--watch")
        {
            Description = "Go on watching the folders, and take up what changes, until Ctrl-C.",
        };
        foreach (var option in new Option[] { captions, renew, floor, forget, watch, json })
            command.Options.Add(option);
        var model = new ModelOptions(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var folder = ModelFolder.Open(model.Folder(parsed));
            using var opened = catalogue.Open(parsed, mayCreate: true);
            opened.UseModel(PictureIndexer.Describe(folder, parsed.GetValue(floor)), parsed.GetValue(renew));
            var folders = parsed.GetValue(paths) is { Length: > 0 } given ? given : [.. opened.Roots()];
            if (folders.Length == 0)
                throw new ArgumentException(
                    "no folder to index · hint: gloss index FOLDER; later runs without one bring the same folders up "
                    + "to date");
            using var progress = new PictureProgress(error);
            using var watching = parsed.GetValue(watch)
                ? new FolderWatch([.. folders.Where(Directory.Exists)], TimeSpan.FromSeconds(1)) : null;
            using var indexer = new PictureIndexer(opened,
                () => model.Open(parsed, parsed.GetValue(captions) ? ModelParts.All : ModelParts.Embedding),
                model.Recognition(parsed) with { HasCaption = parsed.GetValue(captions) });
            opened.AddRoots(folders.Where(Directory.Exists));
            var failed = Once(folders, isFirst: true);
            while (watching is not null)
                Once(watching.Next(cancellationToken), isFirst: false);
            return failed ? ExitCode.NothingFound : ExitCode.Done;

            void Announce(long count) =>
                progress.Say(
                $"{GlossCommandLine.Name}: making the index of {count} embeddings; searches compare all of them until "
                + $"it is there, Ctrl-C leaves it for the next run");

            bool Once(IReadOnlyList<string> changed, bool isFirst)
            {
                var report = new IndexReport(message => progress.Say($"{GlossCommandLine.Name}: {message}"));
                try
                {
                    indexer.Run(changed, report, progress, mayBeMissing: !isFirst, cancellationToken);
                }
                catch (OperationCanceledException) when (report.HasChanges)
                {
                    progress.Say(
                        $"{GlossCommandLine.Name}: {Text(report, opened, forgotten: 0).TrimEnd()} · the next run goes "
                        + $"on from there");
                    throw;
                }
                var forgotten = parsed.GetValue(forget) ? opened.Forget() : 0;
                var hasNews = isFirst || report.HasChanges;
                if (hasNews)
                {
                    parsed.InvocationConfiguration.Output.Write(parsed.GetValue(json)
                        ? Json(report, opened, forgotten) : Text(report, opened, forgotten));
                    parsed.InvocationConfiguration.Output.Flush();
                }
                // Last: what was taken up is told, however long this takes.
                if (opened.UpdateVectors(model.Recognition(parsed).Threads, Announce, cancellationToken) is { } build)
                    progress.Say($"{GlossCommandLine.Name}: {Text(build)}");
                return hasNews && report.FailedCount > 0;
            }
        }, cancellationToken));
        return command;
    }

    private static string Text(VectorBuild build) => string.Create(CultureInfo.InvariantCulture,
        $"index of {build.Count} embeddings made in {build.Time.TotalSeconds:F0} s, {build.Bytes / 1048576.0:F0} MB, ")
        + (build.IsExact ? "exact" : string.Create(CultureInfo.InvariantCulture,
            $"recall of the ten nearest {build.Recall:F3}"));

    private static string Text(IndexReport report, Catalogue catalogue, int forgotten)
    {
        var parts = new (long Count, string What)[]
        {
            (report.AddedCount, "added"), (report.UpdatedCount, "updated"), (report.MovedCount, "moved"),
            (report.UnchangedCount, "unchanged"),
            (report.GoneCount, "gone"), (forgotten, "forgotten"), (report.FailedCount, "failed"),
        };
        var done = string.Join(", ", parts.Where((part, i) => part.Count > 0 || i == 0)
            .Select(part => $"{part.Count} {part.What}"));
        return $"{done} · {CatalogueText.Pictures(catalogue)}\n";
    }

    private static string Json(IndexReport report, Catalogue catalogue, int forgotten)
    {
        var counts = catalogue.Count();
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in new[]
            {
                ("added", report.AddedCount), ("updated", report.UpdatedCount), ("moved", report.MovedCount),
                ("unchanged", report.UnchangedCount),
                ("gone", report.GoneCount), ("forgotten", forgotten), ("failed", report.FailedCount),
                ("pictures", counts.Pictures), ("waiting", counts.Waiting),
            })
                writer.WriteNumber(name, value);
            writer.WriteString("catalogue", catalogue.Path);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
