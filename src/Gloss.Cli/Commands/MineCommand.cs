using System.CommandLine;
using System.Diagnostics;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss mine</c>: captions in, the tags they name out.</summary>
internal static class MineCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var vocabularyPath = new Option<string?>("--vocabulary")
        {
            Description = "The tags to find, tags.jsonl; needed for training labels.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description =
                "Writes training labels (image_path, caption, union_label_id, parse_label_id) to this JSON file. "
                + "A run that was stopped goes on.",
        };
        var graphs = new Option<string?>("--jsonl")
        {
            Description =
                "Writes one line a caption with its entities, actions, relations and tags to this file, or to standard "
                + "output "
                + "(the default). A run into a file that was stopped goes on.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var threads = new Option<int?>("--threads")
        {
            Description = "Threads that mine; as many as the processor has by default.",
        };
        var explain = new Option<string?>("--explain")
        {
            Description = "Shows the tree, the scene graph and the tags of one caption.",
        };
        var command = new Command("mine", "Finds the tags that captions name; makes training labels.")
        {
            vocabularyPath, output, graphs, threads, explain,
        };
        var captions = new CaptionArguments(command, isRequired: false);
        command.Validators.Add(result =>
        {
            var isRun = captions.IsGiven(result);
            if (isRun == (result.GetValue(explain) is not null))
                result.AddError("mine takes either captions (folders or files) or --explain \"a caption\"");
            else if (result.GetValue(output) is not null && result.GetValue(vocabularyPath) is null)
                result.AddError("mine --output needs --vocabulary tags.jsonl: labels are ids of its tags");
            else if (result.GetValue(output) is not null && result.GetResult(graphs) is { Implicit: false })
                result.AddError("mine writes either --output LABELS.json or --jsonl GRAPHS.jsonl");
            else if (result.GetValue(threads) is < 1)
                result.AddError($"mine --threads: expected 1 or more, got {result.GetValue(threads)}");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var vocabulary = parsed.GetValue(vocabularyPath) is { } path ? TagVocabulary.Load(path) : null;
            var miner = new TagMiner(vocabulary);
            if (parsed.GetValue(explain) is { } caption)
                return Explain(miner, caption, parsed.InvocationConfiguration.Output);
            var report = new MiningReport();
            var entries = captions.Given(parsed)
                .SelectMany(path => captions.Entries(parsed, path, report, cancellationToken));
            var labels = parsed.GetValue(output);
            var run = new MiningRun(miner, new MiningOptions
            {
                Graphs = labels is null, Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Fingerprint = string.Join('\n', captions.Given(parsed).SelectMany(CaptionReader.FilesOf)
                    .Select(Describe)
                    .Append(captions.Split(parsed)).Append(parsed.GetValue(vocabularyPath) is { } tags
                        ? Describe(tags) : null)),
            }, report);
            var file = labels ?? parsed.GetValue(graphs);
            return file is null or "-"
                ? WriteOut(run, entries, parsed.InvocationConfiguration, cancellationToken)
                : WriteFile(run, entries, file, vocabulary, parsed.InvocationConfiguration.Error, cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static int Explain(TagMiner miner, string caption, TextWriter writer)
    {
        writer.Write(CaptionExplanation.Write(miner, caption));
        return miner.Mine(caption).Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    private static string Describe(string path) =>
        $"{Path.GetFullPath(path)} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O}";

    private static int WriteOut(
        MiningRun run, IEnumerable<CaptionEntry> entries, InvocationConfiguration streams,
        CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        if (ReferenceEquals(streams.Output, Console.Out))
        {
            using var stdout = Console.OpenStandardOutput();
            run.WriteStream(entries, stdout, cancellationToken);
        }
        else
        {
            run.WriteStream(entries, buffer, cancellationToken);
            streams.Output.Write(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        }
        CaptionArguments.SayFaults(run.Report, streams.Error);
        return run.Report.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    private static int WriteFile(MiningRun run, IEnumerable<CaptionEntry> entries, string file,
        TagVocabulary? vocabulary,
        TextWriter error, CancellationToken cancellationToken)
    {
        using var line = ProgressLine.On(error);
        var clock = new Stopwatch();
        var before = 0L;
        long done;
        try
        {
            done = run.WriteFile(entries, file, report =>
            {
                // The rate leaves out the first chunk, which waits for the parser, and what an earlier run has done.
                var rate = (report.Captions - before) / Math.Max(0.001, clock.Elapsed.TotalSeconds);
                line.Show(() => $"{report.Entries:N0} entries · {report.Captions:N0} captions"
                    + (clock.IsRunning ? $" · {rate:N0} captions/s" : ""));
                if (!clock.IsRunning)
                    before = report.Captions;
                clock.Start();
            }, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            line.Say($"stopped at {run.Report.Entries:N0} entries · the same command goes on");
            throw;
        }
        var summary = $"{run.Report.Entries - run.Report.Duplicates} entries, {run.Report.Captions} captions";
        if (vocabulary is not null && run.Positives.Count > 0)
        {
            summary +=
                $", {(double)run.Positives.Values.Sum() / Math.Max(1, run.Report.Entries - run.Report.Duplicates):F1} "
                + $"tags an entry; of "
                + $"{vocabulary.Count} tags {run.Positives.Count} occur and {run.Positives.Values.Count(n => n >= 10)} "
                + $"in 10 entries or more";
        }
        line.Say(done > 0 ? $"{summary}; went on behind {done} entries" : summary);
        CaptionArguments.SayFaults(run.Report, error);
        return run.Report.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }
}
