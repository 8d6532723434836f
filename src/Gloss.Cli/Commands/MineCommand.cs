using System.CommandLine;
using System.Diagnostics;
using Gloss.Cli.CommandLine;
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
        var input = new Argument<string[]>("captions")
        {
            Description = "Captions: .txt (one a line), .jsonl, .json (the lists of Tag2Text and RAM, or COCO's captions), each also as "
                + ".gz; WebDataset shards (.tar); or a folder of these.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var vocabularyPath = new Option<string?>("--vocabulary")
        {
            Description = "The tags to find, tags.jsonl; needed for training labels.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Writes training labels (image_path, caption, union_label_id, parse_label_id) to this JSON file. "
                + "A run that was stopped goes on.",
        };
        var graphs = new Option<string?>("--jsonl")
        {
            Description = "Writes one line a caption with its entities, actions, relations and tags to this file, or to standard output "
                + "(the default). A run into a file that was stopped goes on.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var split = new Option<string?>("--split") { Description = "Only pictures of this split, such as train." };
        var threads = new Option<int?>("--threads") { Description = "Threads that mine; as many as the processor has by default." };
        var explain = new Option<string?>("--explain") { Description = "Shows the tree, the scene graph and the tags of one caption." };
        var command = new Command("mine", "Finds the tags that captions name; makes training labels.")
        {
            input, vocabularyPath, output, graphs, split, threads, explain,
        };
        command.Validators.Add(result =>
        {
            var isRun = result.GetValue(input) is { Length: > 0 };
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
            var inputs = parsed.GetRequiredValue(input);
            var report = new MiningReport();
            var entries = inputs.SelectMany(file => Read(file, report))
                .Where(e => parsed.GetValue(split) is not { } wanted || e.Split == wanted);
            var labels = parsed.GetValue(output);
            var run = new MiningRun(miner, new MiningOptions
            {
                Graphs = labels is null, Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
                Fingerprint = string.Join('\n', inputs.Select(Describe).Append(parsed.GetValue(split))
                    .Append(parsed.GetValue(vocabularyPath) is { } tags ? Describe(tags) : null)),
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

    // Shards and COCO's lists are read as training reads them, the other forms by a reader that goes on behind faults.
    private static IEnumerable<CaptionReader.Entry> Read(string path, MiningReport report)
    {
        var isFolderOfOthers = Directory.Exists(path) && !File.Exists(Path.Combine(path, "captions.jsonl"));
        if (isFolderOfOthers || path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) || IsCoco(path))
            return CaptionedImages.Read(path).Select(image => new CaptionReader.Entry(image.Name, image.Split, image.Captions));
        return CaptionReader.Read(path, report);
    }

    private static bool IsCoco(string path)
    {
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || !File.Exists(path))
            return false;
        using var reader = new StreamReader(path);
        int c;
        do
            c = reader.Read();
        while (c >= 0 && char.IsWhiteSpace((char)c));
        return c == '{';
    }

    private static string Describe(string path) => File.Exists(path)
        ? $"{Path.GetFullPath(path)} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O}"
        : Path.GetFullPath(path);

    private static int WriteOut(
        MiningRun run, IEnumerable<CaptionReader.Entry> entries, InvocationConfiguration streams, CancellationToken cancellationToken)
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
        SayFaults(run.Report, streams.Error);
        return run.Report.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    private static int WriteFile(MiningRun run, IEnumerable<CaptionReader.Entry> entries, string file, TagVocabulary? vocabulary,
        TextWriter error, CancellationToken cancellationToken)
    {
        using var line = ProgressLine.On(error);
        var clock = Stopwatch.StartNew();
        var before = 0L;
        long done;
        try
        {
            done = run.WriteFile(entries, file, report =>
            {
                before = before == 0 ? report.Captions : before;
                line.Show(() => $"{report.Entries:N0} entries · {report.Captions:N0} captions · "
                    + $"{(report.Captions - before) / Math.Max(0.001, clock.Elapsed.TotalSeconds):N0} captions/s");
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
            summary += $", {(double)run.Positives.Values.Sum() / Math.Max(1, run.Report.Entries - run.Report.Duplicates):F1} tags an entry; of "
                + $"{vocabulary.Count} tags {run.Positives.Count} occur and {run.Positives.Values.Count(n => n >= 10)} in 10 entries or more";
        }
        line.Say(done > 0 ? $"{summary}; went on behind {done} entries" : summary);
        SayFaults(run.Report, error);
        return run.Report.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    private static void SayFaults(MiningReport report, TextWriter error)
    {
        if (report.Faults.Length > 0)
            error.WriteLine($"faults: {report.Faults}");
        foreach (var place in report.Places)
            error.WriteLine($"  {place}");
    }
}
