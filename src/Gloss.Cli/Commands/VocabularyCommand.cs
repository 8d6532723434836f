using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss vocabulary</c>: makes the list of tags that a model knows.</summary>
internal static class VocabularyCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() => new("vocabulary", "Makes the lists of tags and of word pieces that a model knows.")
    {
        CreateBuild(), CreatePieces(), CreateDescribe(),
    };

    private static Command CreateBuild()
    {
        var defaults = new VocabularyOptions();
        var inputs = new Argument<string[]>("captions")
        {
            Description = "Folders with captions.jsonl, or .txt, .jsonl or .json files of captions, also as .gz.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o") { Description = "The tags.jsonl to write.", Required = true };
        var split = new Option<string?>("--split")
        {
            Description = "Only captions of this split, such as train, where a file tells splits apart.",
        };
        var top = new Option<int>("--top")
        {
            Description = "The most tags.", DefaultValueFactory = _ => defaults.MaxTags,
        };
        var minCount = new Option<int>("--min-count")
        {
            Description = "Captions that must name a tag.", DefaultValueFactory = _ => defaults.MinCount,
        };
        var minCompound = new Option<int>("--min-compound-count")
        {
            Description = "Captions that must name a compound.", DefaultValueFactory = _ => defaults.MinCompoundCount,
        };
        var counts = new Option<string?>("--counts")
        {
            Description = "Writes name, type and captions of every candidate to this file, TAB-separated.",
        };
        var command = new Command("build", "Counts the tags that captions name; keeps the most frequent.")
        {
            inputs, output, split, top, minCount, minCompound, counts,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var builder = new VocabularyBuilder(new VocabularyOptions
            {
                MaxTags = parsed.GetValue(top),
                MinCount = parsed.GetValue(minCount),
                MinCompoundCount = parsed.GetValue(minCompound),
            });
            foreach (var path in parsed.GetRequiredValue(inputs))
            {
                var before = builder.Captions;
                foreach (var entry in CaptionReader.Read(path))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (parsed.GetValue(split) is { } wanted && entry.Split is not null && entry.Split != wanted)
                        continue;
                    foreach (var caption in entry.Captions)
                        builder.Add(caption);
                }
                error.WriteLine($"{path}: {builder.Captions - before} captions");
            }
            var vocabulary = builder.Build();
            vocabulary.Save(parsed.GetRequiredValue(output));
            if (parsed.GetValue(counts) is { } file)
                File.WriteAllLines(file, builder.Rank().Select(t => $"{t.Name}\t{t.Type}\t{t.Count}"));
            error.WriteLine($"{vocabulary.Count} tags: " + string.Join(", ", vocabulary.GroupBy(t => t.Type)
                .OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}")));
            return vocabulary.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    private static Command CreatePieces()
    {
        var inputs = new Argument<string[]>("captions")
        {
            Description = "Folders with captions.jsonl, or .txt, .jsonl or .json files of captions, also as .gz.",
            Arity = ArgumentArity.OneOrMore,
        };
        var full = new Option<string?>("--from") { Description = "The vocab.txt to choose from; without it new pieces are learned from the captions." };
        var size = new Option<int>("--size") { Description = "The most pieces to learn, without --from.", DefaultValueFactory = _ => 8192 };
        var output = new Option<string>("--output", "-o") { Description = "The vocab.txt to write.", Required = true };
        var split = new Option<string?>("--split") { Description = "Only captions of this split, where a file tells splits apart." };
        var minCount = new Option<int>("--min-count") { Description = "How often a piece must occur.", DefaultValueFactory = _ => 8 };
        var command = new Command("pieces", "Chooses the word pieces that captions use out of a vocabulary, or learns them; with [DEC] and [ENC].")
        {
            inputs, full, size, output, split, minCount,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var wanted = parsed.GetValue(split);
            var captions = parsed.GetRequiredValue(inputs).SelectMany(CaptionReader.Read)
                .Where(entry => wanted is null || entry.Split is null || entry.Split == wanted)
                .SelectMany(entry => entry.Captions)
                .TakeWhile(_ => !cancellationToken.IsCancellationRequested);
            string[] added = [Tag2TextTokens.Decode, Tag2TextTokens.Encode];
            var pieces = parsed.GetValue(full) is { } from
                ? new WordPieceTokenizer(WordPieceSubset.Choose(WordPieceTokenizer.Load(from), captions, parsed.GetValue(minCount), added), added)
                : WordPieceTrainer.Train(captions, new() { VocabularySize = parsed.GetValue(size), MinFrequency = parsed.GetValue(minCount) });
            cancellationToken.ThrowIfCancellationRequested();
            pieces.Save(parsed.GetRequiredValue(output));
            parsed.InvocationConfiguration.Error.WriteLine($"{pieces.VocabularySize} pieces");
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command CreateDescribe()
    {
        var inputs = new Argument<string[]>("captions")
        {
            Description = "Folders with captions.jsonl, or .txt, .jsonl or .json files of captions, also as .gz.",
            Arity = ArgumentArity.OneOrMore,
        };
        var tags = new Option<string>("--tags") { Description = "The tags.jsonl to describe.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The JSON of descriptions to write.", Required = true };
        var split = new Option<string?>("--split") { Description = "Only captions of this split, where a file tells splits apart." };
        var texts = new Option<int>("--texts") { Description = "Texts of each tag.", DefaultValueFactory = _ => 8 };
        texts.Validators.Add(result => ModelOptions.CheckRange(result, texts, 1, TagDescriptions.MostTexts));
        var command = new Command("describe", "Describes tags by captions that name them, in the form that RAM++ learns from.")
        {
            inputs, tags, output, split, texts,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var vocabulary = TagVocabulary.Load(parsed.GetRequiredValue(tags));
            var builder = new CaptionDescriptions(vocabulary, parsed.GetValue(texts));
            foreach (var entry in parsed.GetRequiredValue(inputs).SelectMany(CaptionReader.Read))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (parsed.GetValue(split) is { } wanted && entry.Split is not null && entry.Split != wanted)
                    continue;
                foreach (var caption in entry.Captions)
                    builder.Add(caption);
            }
            builder.Build().Save(parsed.GetRequiredValue(output));
            parsed.InvocationConfiguration.Error.WriteLine($"{vocabulary.Count} tags described by {builder.Captions} captions");
            return builder.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }
}
