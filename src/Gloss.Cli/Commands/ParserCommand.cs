using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Text.Mining;
using Gloss.Text.Parsing;
using Gloss.Torch;
using Gloss.Training.Parsing;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss parser</c>: measures and exports what reads captions.</summary>
internal static class ParserCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() =>
        new("parser", "Measures, exports and uses what reads captions; gloss train configs/parser.json trains it.")
    {
        CreateTrainLemmas(), CreateExport(), CreateLabel(), CreateEvaluate(), CreateEvaluateMining(),
        CreateEvaluatePhrases(),
        CreateBenchmark(),
    };

    private static Option<string[]> TreebankOption() => new("--treebank")
    {
        Description = "Treebank to train on, CoNLL-U, plain or .gz; may be given more than once.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static Command CreateTrainLemmas()
    {
        var treebanks = TreebankOption();
        var output = new Option<string>("--output", "-o") { Description = "The lemmas.tsv to write.", Required = true };
        var command = new Command("train-lemmas", "Learns the table of lemmas.") { treebanks, output };
        command.SetAction(parsed =>
        {
            var sentences = ReadAll(parsed.GetRequiredValue(treebanks), parsed.InvocationConfiguration.Error);
            AtomicFile.WriteText(parsed.GetRequiredValue(output), writer => LemmatizerTrainer.Train(sentences)
                .Save(writer));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateExport()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "The folder best of a run of gloss train configs/parser.json.",
        };
        var output = new Option<string>("--output", "-o") { Description = "The parser.bin to write.", Required = true };
        var command = new Command("export", "Writes a trained network as the parser.bin that runs without an engine.") {
            folder, output };
        command.SetAction(parsed =>
        {
            var file = parsed.GetRequiredValue(output);
            AtomicFile.Write(file, stream => ParserExport.Write(parsed.GetRequiredValue(folder), stream));
            parsed.InvocationConfiguration.Error.WriteLine($"{file}: {new FileInfo(file).Length / 1e6:F1} MB");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateLabel()
    {
        var folder = new Argument<string>("folder") { Description = "The folder best of a run of gloss train." };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The treebank to write, CoNLL-U.",
            Required = true,
        };
        var limit = new Option<int>("--limit")
        {
            Description = "Captions of each file.",
            DefaultValueFactory = _ => int.MaxValue,
        };
        var certainty = new Option<double>("--min-certainty")
        {
            Description = "Sentences whose least certain head is below this, 0 to 1, are left out.",
            DefaultValueFactory = _ => 0.5,
        };
        var command = new Command("label",
            "Parses captions by a network, the teacher's for example, as a treebank to learn from.")
        {
            folder, output, limit, certainty,
        };
        var captions = new CaptionArguments(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var report = new MiningReport();
            var texts = captions.Given(parsed)
                .SelectMany(path => captions.Entries(parsed, path, report, cancellationToken)
                .SelectMany(entry => entry.Captions).Take(parsed.GetValue(limit)));
            var count = 0;
            AtomicFile.WriteText(parsed.GetRequiredValue(output), writer =>
            {
                foreach (var sentence in ParserExport.Label(parsed.GetRequiredValue(folder), texts,
                    parsed.GetValue(certainty), cancellationToken))
                {
                    ConlluWriter.Write(writer, sentence);
                    count++;
                }
            });
            parsed.InvocationConfiguration.Error.WriteLine($"{count} sentences");
            CaptionArguments.SayFaults(report, parsed.InvocationConfiguration.Error);
            return count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    private static Command CreateEvaluate()
    {
        var treebank = new Argument<string>("treebank")
        {
            Description = "Treebank to measure on, CoNLL-U, plain or .gz.",
        };
        var file = ParserOption();
        var command = new Command("evaluate", "Measures tags and trees on a treebank, from gold tokens.")
        {
            treebank, file,
        };
        command.SetAction(parsed =>
        {
            var sentences = ReadAll([parsed.GetRequiredValue(treebank)], parsed.InvocationConfiguration.Error);
            var parser = LoadParser(parsed.GetValue(file));
            var clock = Stopwatch.StartNew();
            var accuracy = ParserAccuracy.Measure(parser, sentences);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"UPOS {100 * accuracy.Upos:F2}  XPOS {100 * accuracy.Xpos:F2}  UAS {100 * accuracy.Uas:F2}  "
                + $"LAS {100 * accuracy.Las:F2}  LAS without subtypes {100 * accuracy.UniversalLas:F2}  "
                + $"lemmas {100 * accuracy.Lemmas:F2}  ({accuracy.Words} words, "
                + $"{sentences.Count / clock.Elapsed.TotalSeconds:F0} sentences a second on one thread)");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateEvaluateMining()
    {
        var gold = new Argument<string>("gold") { Description = "Annotated captions, one JSON object a line." };
        var file = ParserOption();
        var differences = DifferencesOption();
        var command = new Command("evaluate-mining",
            "Measures entities, attributes, actions and relations of captions.")
        {
            gold, file, differences,
        };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var miner = new TagMiner(parser: LoadParser(parsed.GetValue(file)));
            var accuracy = new MiningAccuracy();
            foreach (var line in File.ReadLines(parsed.GetRequiredValue(gold)))
            {
                var annotated = CaptionAnnotation.Parse(line);
                accuracy.Add(CaptionAnnotation.Of(annotated.Caption, miner.ReadScene(annotated.Caption)), annotated);
            }
            foreach (var score in accuracy.Scores)
            {
                output.WriteLine($"{score.Name,-24}F1 {score.F1:F3}  precision {score.Precision:F3}  "
                    + $"recall {score.Recall:F3}  ({score.Annotated} annotated)");
            }
            output.WriteLine(
                $"{"type of heads",-24}{(double)accuracy.RightTypes / Math.Max(1, accuracy.TypedHeads):F3} "
                + $"right of {accuracy.TypedHeads}");
            if (parsed.GetValue(differences) is { } path)
                AtomicFile.WriteLines(path, accuracy.Differences);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateEvaluatePhrases()
    {
        var phrases = new Argument<string>("phrases")
        {
            Description = "Captions with noun phrases in the form of Flickr30k Entities, JSON lines, plain or .gz.",
        };
        var file = ParserOption();
        var limit = new Option<int>("--limit")
        {
            Description = "Pictures to read.", DefaultValueFactory = _ => int.MaxValue,
        };
        var differences = DifferencesOption();
        var command = new Command("evaluate-phrases", "Measures entities against annotated noun phrases.")
        {
            phrases, file, limit, differences,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(phrases);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
                : File.OpenRead(path);
            using var reader = new StreamReader(stream);
            var miner = new TagMiner(parser: LoadParser(parsed.GetValue(file)));
            var accuracy = new PhraseAccuracy();
            var clock = Stopwatch.StartNew();
            for (var left = parsed.GetValue(limit); left > 0 && reader.ReadLine() is { } line; left--)
                accuracy.Add(line, miner);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"phrases found {100.0 * accuracy.FoundPhrases / Math.Max(1, accuracy.Phrases):F2} % of "
                + $"{accuracy.Phrases}; "
                + $"entities in a phrase {100.0 * accuracy.EntitiesInPhrases / Math.Max(1, accuracy.Entities):F2} % of "
                + $"{accuracy.Entities}; {accuracy.Captions / clock.Elapsed.TotalSeconds:F0} captions a second on one "
                + $"thread");
            if (parsed.GetValue(differences) is { } file2)
                AtomicFile.WriteLines(file2, accuracy.Differences);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateBenchmark()
    {
        var file = ParserOption();
        var threads = new Option<int?>("--threads")
        {
            Description = "Threads; as many as the processor has by default.",
        };
        var limit = new Option<int>("--limit") { Description = "Captions to read.", DefaultValueFactory = _ => 60_000 };
        var command = new Command("benchmark", "Measures how many captions a second become scene graphs.") { file,
            threads, limit };
        var captions = new CaptionArguments(command);
        command.SetAction(parsed =>
        {
            var texts = captions.Read(parsed, CancellationToken.None).Take(parsed.GetValue(limit)).ToList();
            var threadCount = parsed.GetValue(threads) ?? Environment.ProcessorCount;
            var parser = LoadParser(parsed.GetValue(file));
            var miner = new TagMiner(parser: parser);
            var parts = texts.Chunk(36).ToList(); // as gloss mine reads them
            foreach (var part in parts.Take(60))
                miner.ReadScenes(part);
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            Parallel.ForEach(parts, new ParallelOptions { MaxDegreeOfParallelism = threadCount },
                part => miner.ReadScenes(part));
            var (wall, used) = (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{texts.Count / wall:F0} captions a second on {threadCount} threads; {texts.Count / used:F0} for each "
                + $"second of "
                + $"processor time; {texts.Count} captions, {Environment.WorkingSet / 1e6:F0} MB of memory");
            double Share(Action<string[]> work)
            {
                var some = parts.Take(140).ToList();
                var before = Environment.CpuUsage.TotalTime;
                foreach (var part in some)
                    work(part);
                return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds
                    / Math.Max(1, some.Sum(part => part.Length));
            }
            parsed.InvocationConfiguration.Output.WriteLine(
                $"microseconds a caption: "
                + $"{Share(part => Array.ForEach(part, text => CaptionTokenizer.Tokenize(text))):F0} for tokens, "
                + $"{Share(part => parser.ParseAll(part)):F0} with tree, {Share(part => miner.ReadScenes(part)):F0} "
                + $"with scene graph");
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string?> ParserOption() => new("--parser")
    {
        Description = "A parser.bin; the one that ships by default.",
    };

    private static Option<string?> DifferencesOption() => new("--differences")
    {
        Description = "Writes what differs to this file, one line each.",
    };

    private static DependencyParser LoadParser(string? path)
    {
        using var stream = path is null ? null : File.OpenRead(path);
        return path is null ? DependencyParser.Default : DependencyParser.Load(stream);
    }

    private static List<IReadOnlyList<ConlluToken>> ReadAll(IEnumerable<string> paths, TextWriter error)
    {
        var sentences = paths.SelectMany(ConlluReader.Read).ToList();
        error.WriteLine($"{sentences.Count} sentences");
        return sentences;
    }
}
