using System.CommandLine;
using System.Diagnostics;
using System.IO.Compression;
using Gloss.Cli.CommandLine;
using Gloss.Text.Mining;
using Gloss.Text.Parsing;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss parser</c>: trains and measures what reads captions, on treebanks.</summary>
internal static class ParserCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() => new("parser", "Trains and measures what reads captions: tagger, lemmatizer, parser.")
    {
        CreateTrainTagger(), CreateTrainParser(), CreateEvaluate(), CreateEvaluateMining(), CreateEvaluatePhrases(),
    };

    private static Option<string[]> TreebankOption() => new("--treebank")
    {
        Description = "Treebank to train on, CoNLL-U, plain or .gz; may be given more than once.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static Command CreateTrainTagger()
    {
        var treebanks = TreebankOption();
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder that takes pos-tagger.bin and lemmas.tsv.",
            Required = true,
        };
        var epochs = new Option<int>("--epochs")
        {
            Description = "Passes over the treebank.",
            DefaultValueFactory = _ => new PosTaggerOptions().Epochs,
        };
        var command = new Command("train-tagger", "Trains the part-of-speech tagger and the lemmatizer.")
        {
            treebanks, output, epochs,
        };
        command.SetAction(parsed =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var sentences = ReadAll(parsed.GetRequiredValue(treebanks), error);
            var options = new PosTaggerOptions { Epochs = parsed.GetValue(epochs) };
            var tagger = PosTaggerTrainer.Train(sentences, options, error.WriteLine);
            var folder = parsed.GetRequiredValue(output);
            Directory.CreateDirectory(folder);
            using (var stream = File.Create(Path.Combine(folder, "pos-tagger.bin")))
                tagger.Save(stream);
            using (var writer = new StreamWriter(Path.Combine(folder, "lemmas.tsv")))
                LemmatizerTrainer.Train(sentences).Save(writer);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateTrainParser()
    {
        var treebanks = TreebankOption();
        var tagger = TaggerOption();
        var output = new Option<string>("--output", "-o") { Description = "The parser.bin to write.", Required = true };
        var defaults = new DependencyParserOptions();
        var epochs = new Option<int>("--epochs")
        {
            Description = "Passes over the treebank.", DefaultValueFactory = _ => defaults.Epochs,
        };
        var beam = new Option<int>("--beam")
        {
            Description = "Hypotheses kept in training.", DefaultValueFactory = _ => defaults.Beam,
        };
        var command = new Command("train", "Trains the dependency parser; the tagger comes first.")
        {
            treebanks, tagger, output, epochs, beam,
        };
        command.SetAction(parsed =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var options = new DependencyParserOptions { Epochs = parsed.GetValue(epochs), Beam = parsed.GetValue(beam) };
            var file = parsed.GetRequiredValue(output);
            var parser = DependencyParserTrainer.Train(
                ReadAll(parsed.GetRequiredValue(treebanks), error), LoadTagger(parsed.GetValue(tagger)), options,
                error.WriteLine, checkpoint => Save(checkpoint, file, CompressionLevel.Fastest));
            Save(parser, file, CompressionLevel.SmallestSize);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateEvaluate()
    {
        var treebank = new Argument<string>("treebank") { Description = "Treebank to measure on, CoNLL-U, plain or .gz." };
        var tagger = TaggerOption();
        var file = ParserOption();
        var beam = new Option<int>("--beam") { Description = "Hypotheses kept.", DefaultValueFactory = _ => 4 };
        var command = new Command("evaluate", "Measures tags and trees on a treebank, from gold tokens.")
        {
            treebank, tagger, file, beam,
        };
        command.SetAction(parsed =>
        {
            var sentences = ReadAll([parsed.GetRequiredValue(treebank)], parsed.InvocationConfiguration.Error);
            var parser = LoadParser(parsed.GetValue(file), parsed.GetValue(tagger), parsed.GetValue(beam));
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
        var tagger = TaggerOption();
        var differences = DifferencesOption();
        var command = new Command("evaluate-mining", "Measures entities, attributes, actions and relations of captions.")
        {
            gold, file, tagger, differences,
        };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var miner = new TagMiner(parser: LoadParser(parsed.GetValue(file), parsed.GetValue(tagger)));
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
            output.WriteLine($"{"type of heads",-24}{(double)accuracy.RightTypes / Math.Max(1, accuracy.TypedHeads):F3} "
                + $"right of {accuracy.TypedHeads}");
            if (parsed.GetValue(differences) is { } path)
                File.WriteAllLines(path, accuracy.Differences);
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
        var tagger = TaggerOption();
        var limit = new Option<int>("--limit")
        {
            Description = "Pictures to read.", DefaultValueFactory = _ => int.MaxValue,
        };
        var differences = DifferencesOption();
        var command = new Command("evaluate-phrases", "Measures entities against annotated noun phrases.")
        {
            phrases, file, tagger, limit, differences,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(phrases);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
                : File.OpenRead(path);
            using var reader = new StreamReader(stream);
            var miner = new TagMiner(parser: LoadParser(parsed.GetValue(file), parsed.GetValue(tagger)));
            var accuracy = new PhraseAccuracy();
            var clock = Stopwatch.StartNew();
            for (var left = parsed.GetValue(limit); left > 0 && reader.ReadLine() is { } line; left--)
                accuracy.Add(line, miner);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"phrases found {100.0 * accuracy.FoundPhrases / Math.Max(1, accuracy.Phrases):F2} % of {accuracy.Phrases}; "
                + $"entities in a phrase {100.0 * accuracy.EntitiesInPhrases / Math.Max(1, accuracy.Entities):F2} % of "
                + $"{accuracy.Entities}; {accuracy.Captions / clock.Elapsed.TotalSeconds:F0} captions a second on one thread");
            if (parsed.GetValue(differences) is { } file2)
                File.WriteAllLines(file2, accuracy.Differences);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Save(DependencyParser parser, string file, CompressionLevel level)
    {
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        using (var stream = File.Create(temporary))
            parser.Save(stream, level);
        File.Move(temporary, file, overwrite: true);
    }

    private static Option<string?> ParserOption() => new("--parser")
    {
        Description = "A parser.bin; the one that ships by default.",
    };

    private static Option<string?> DifferencesOption() => new("--differences")
    {
        Description = "Writes what differs to this file, one line each.",
    };

    private static DependencyParser LoadParser(string? path, string? tagger, int beam = 4)
    {
        using var stream = path is null ? null : File.OpenRead(path);
        return DependencyParser.Load(stream, LoadTagger(tagger), beam);
    }

    private static Option<string?> TaggerOption() => new("--tagger")
    {
        Description = "A pos-tagger.bin; the one that ships by default.",
    };

    private static PosTagger LoadTagger(string? path)
    {
        if (path is null)
            return PosTagger.Default;
        using var stream = File.OpenRead(path);
        return PosTagger.Load(stream);
    }

    private static List<IReadOnlyList<ConlluToken>> ReadAll(IEnumerable<string> paths, TextWriter error)
    {
        var sentences = paths.SelectMany(ConlluReader.Read).ToList();
        error.WriteLine($"{sentences.Count} sentences");
        return sentences;
    }
}
