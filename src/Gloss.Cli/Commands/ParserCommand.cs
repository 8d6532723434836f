using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Text.Parsing;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss parser</c>: trains what reads captions, on treebanks.</summary>
internal static class ParserCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() => new("parser", "Trains and shows what reads captions: tagger, lemmatizer, parser.")
    {
        CreateTrainTagger(),
    };

    private static Command CreateTrainTagger()
    {
        var treebanks = new Option<string[]>("--treebank")
        {
            Description = "Treebank to train on, CoNLL-U, plain or .gz; may be given more than once.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "Folder that takes pos-tagger.bin and lemmas.tsv.",
            Required = true,
        };
        var dev = new Option<string?>("--dev") { Description = "Treebank to measure on afterwards." };
        var epochs = new Option<int>("--epochs")
        {
            Description = "Passes over the treebank.",
            DefaultValueFactory = _ => new PosTaggerOptions().Epochs,
        };
        var command = new Command("train-tagger", "Trains the part-of-speech tagger and the lemmatizer.")
        {
            treebanks, output, dev, epochs,
        };
        command.SetAction(parsed =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var sentences = parsed.GetRequiredValue(treebanks).SelectMany(ConlluReader.Read).ToList();
            error.WriteLine($"read {sentences.Count} sentences");
            var options = new PosTaggerOptions { Epochs = parsed.GetValue(epochs) };
            var tagger = PosTaggerTrainer.Train(sentences, options, error.WriteLine);
            var folder = parsed.GetRequiredValue(output);
            Directory.CreateDirectory(folder);
            using (var stream = File.Create(Path.Combine(folder, "pos-tagger.bin")))
                tagger.Save(stream);
            var lemmatizer = LemmatizerTrainer.Train(sentences);
            using (var writer = new StreamWriter(Path.Combine(folder, "lemmas.tsv")))
                lemmatizer.Save(writer);
            if (parsed.GetValue(dev) is { } path)
                WriteAccuracy(path, tagger, lemmatizer, parsed.InvocationConfiguration.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteAccuracy(string path, PosTagger tagger, Lemmatizer lemmatizer, TextWriter output)
    {
        int words = 0, universal = 0, penn = 0, lemmas = 0;
        foreach (var sentence in ConlluReader.Read(path))
        {
            var tags = tagger.Tag([.. sentence.Select(t => t.Form)]);
            for (var i = 0; i < tags.Length; i++)
            {
                words++;
                universal += tags[i].Universal == sentence[i].Tag.Universal ? 1 : 0;
                penn += tags[i].Penn == sentence[i].Tag.Penn ? 1 : 0;
                lemmas += string.Equals(lemmatizer.Lemmatize(sentence[i].Form, sentence[i].Tag), sentence[i].Lemma,
                    StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            }
        }
        output.WriteLine($"{path}: UPOS {100.0 * universal / words:F2} %, Penn tags {100.0 * penn / words:F2} %, "
            + $"lemmas from gold tags {100.0 * lemmas / words:F2} % of {words} words");
    }
}
