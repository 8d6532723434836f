using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Data;
using Gloss.Models.Bert;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Text.Mining;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss vocabulary</c>: makes the list of tags that a model knows.</summary>
internal static class VocabularyCommand
{
    /// <summary>The verb with its subcommands.</summary>
    public static Command Create() =>
        new("vocabulary", "Makes the lists of tags and of word pieces that a model knows.")
    {
        CreateBuild(), CreateImport(), CreateSuggest(), CreatePieces(), CreateDescribe(),
    };

    private static Command CreateBuild()
    {
        var defaults = new VocabularyOptions();
        var output = new Option<string>("--output", "-o") { Description = "The tags.jsonl to write.", Required = true };
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
        var review = new Option<string?>("--review")
        {
            Description =
                "A person's decisions (keep, drop, merge NAME, rename NAME, retype TYPE), in a file that --write-review made.",
        };
        var draft = new Option<string?>("--write-review")
        {
            Description =
                "Writes all candidates with types, counts and examples to this file, for a person to decide in.",
        };
        var examples = new Option<int>("--examples")
        {
            Description = "Captions that stand in --write-review as examples of a name.",
            DefaultValueFactory = _ => defaults.Examples,
        };
        var chart = new Option<string?>("--chart")
        {
            Description = "Draws the vocabulary's statistics into this SVG file.",
        };
        var command = new Command("build", "Counts the tags that captions name; keeps the most frequent.")
        {
            output, top, minCount, minCompound, counts, review, draft, examples, chart,
        };
        var captions = new CaptionArguments(command);
        foreach (var number in new[] { top, minCount, minCompound, examples })
            number.Validators.Add(result => ModelOptions.CheckRange(result, number, 1, int.MaxValue));
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var builder = new VocabularyBuilder(new VocabularyOptions
            {
                MaxTags = parsed.GetValue(top),
                MinCount = parsed.GetValue(minCount),
                MinCompoundCount = parsed.GetValue(minCompound),
                Examples = parsed.GetValue(examples),
            }, review: parsed.GetValue(review) is { } decisions
                ? new VocabularyReview(File.ReadLines(decisions), decisions) : null);
            var report = new MiningReport();
            foreach (var path in captions.Given(parsed))
            {
                var before = builder.Captions;
                foreach (var caption in captions.Entries(parsed, path, report, cancellationToken)
                    .SelectMany(entry => entry.Captions))
                    builder.Add(caption);
                error.WriteLine($"{path}: {builder.Captions - before} captions");
            }
            var vocabulary = builder.Build();
            vocabulary.Save(parsed.GetRequiredValue(output));
            var ranked = builder.Rank();
            if (parsed.GetValue(counts) is { } file)
                AtomicFile.WriteLines(file, ranked.Select(t => $"{t.Name}\t{t.Type}\t{t.Count}"));
            if (parsed.GetValue(draft) is { } draftFile)
                AtomicFile.WriteLines(draftFile,
                    VocabularyReview.Draft(ranked, name => string.Join(" | ", builder.ExamplesOf(name))));
            if (parsed.GetValue(chart) is { } picture)
                AtomicFile.WriteText(picture, VocabularyChart.Draw([.. ranked.Take(parsed.GetValue(top))]));
            CaptionArguments.SayFaults(report, error);
            if (builder.UnnamedDecisions is { Count: > 0 } unnamed)
            {
                error.WriteLine(
                    $"review: no caption names {string.Join(", ", unnamed.Take(10).Select(name => $"\"{name}\""))}"
                    + $"{(unnamed.Count > 10 ? $" and {unnamed.Count - 10} more" : "")} · hint: check the spelling");
            }
            error.WriteLine($"{vocabulary.Count} tags: " + string.Join(", ", vocabulary.GroupBy(t => t.Type)
                .OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}")));
            return vocabulary.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    private static Command CreateImport()
    {
        var list = new Argument<string>("list")
        {
            Description = "A list of tags, one a line, synonyms behind strokes: sofa / couch.",
        };
        var output = new Option<string>("--output", "-o") { Description = "The tags.jsonl to write.", Required = true };
        var chinese = new Option<string?>("--chinese") { Description = "The same list in Chinese, line by line." };
        var types = new Option<string?>("--types")
        {
            Description = "A tags.jsonl whose tags give their type to equal names.",
        };
        var command = new Command("import", "Makes a vocabulary of a published list of tags.") { list, output,
            chinese, types };
        command.SetAction(parsed =>
        {
            var vocabulary = TagListReader.Read(File.ReadLines(parsed.GetRequiredValue(list)),
                parsed.GetValue(chinese) is { } file ? File.ReadLines(file) : null,
                parsed.GetValue(types) is { } known ? TagVocabulary.Load(known) : null);
            vocabulary.Save(parsed.GetRequiredValue(output));
            parsed.InvocationConfiguration.Error.WriteLine($"{vocabulary.Count} tags: "
                + string.Join(", ", vocabulary.GroupBy(t => t.Type)
                .OrderBy(g => g.Key).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}")));
            return vocabulary.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        });
        return command;
    }

    private static Command CreateSuggest()
    {
        var tags = new Argument<string>("tags")
        {
            Description = "The tags.jsonl in which to look for tags that may be one.",
        };
        var captions = new Option<string[]>("--captions")
        {
            Description = "Captions in which the company of tags is counted.", AllowMultipleArgumentsPerToken = true,
        };
        var tower = new Option<string?>("--text-tower")
        {
            Description =
                "Folder of a BERT sentence encoder (model.safetensors, config.json) whose embeddings of the names are compared.",
        };
        var towerVocabulary = new Option<string?>("--text-vocabulary")
        {
            Description = "The vocab.txt that belongs to --text-tower; the one in its folder by default.",
        };
        var command = new Command("suggest",
            "Suggests synonyms, by spelling, company and embeddings, as lines of a review.")
        {
            tags, captions, tower, towerVocabulary,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var vocabulary = TagVocabulary.Load(parsed.GetRequiredValue(tags));
            var things = vocabulary.Where(t => t.Type is TagType.Object or TagType.Scene).ToList();
            var names = things.Select(t => t.Name).ToList();
            var pairs = SynonymSuggestions.BySpelling(names).ToList();
            var report = new MiningReport();
            if (parsed.GetValue(captions) is { Length: > 0 } files)
            {
                var miner = new TagMiner(vocabulary);
                var place = things.Select((t, i) => (t.Id, i)).ToDictionary(x => x.Id, x => x.i);
                pairs.AddRange(SynonymSuggestions.ByCompany(names, files.SelectMany(f => CaptionReader.Read(f, report))
                    .SelectMany(e => e.Captions).TakeWhile(_ => !cancellationToken.IsCancellationRequested)
                    .Select(c => (IReadOnlyList<int>)[.. miner.MineIds(c).Where(place.ContainsKey)
                        .Select(id => place[id])]), 0.6));
            }
            if (parsed.GetValue(tower) is { } folder)
            {
                var piecesPath = parsed.GetValue(towerVocabulary) ?? Path.Combine(folder, "vocab.txt");
                if (!File.Exists(piecesPath))
                    throw new DatasetException(
                        $"{piecesPath} is not there · hint: name the tower's vocab.txt with --text-vocabulary");
                var pieces = WordPieceTokenizer.Load(piecesPath);
                pairs.AddRange(SynonymSuggestions.ByEmbedding(names, Embed(folder, pieces, names)));
            }
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var pair in pairs.OrderByDescending(p => p.Score).ThenBy(p => p.Name, StringComparer.Ordinal))
                parsed.InvocationConfiguration.Output.WriteLine(
                    $"merge {pair.Name}\t{pair.Other}\t{pair.Reason}\t{pair.Score:F2}");
            CaptionArguments.SayFaults(report, parsed.InvocationConfiguration.Error);
            return pairs.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }

    private static float[][] Embed(string folder, WordPieceTokenizer pieces, IReadOnlyList<string> names)
    {
        using var tower = SentenceEncoder.Open(folder, pieces);
        using var embeddings = tower.Embed(names); // (K, C)
        return [.. embeddings.ToArray<float>().Chunk((int)tower.Width)];
    }

    private static Command CreatePieces()
    {
        var full = new Option<string?>("--from")
        {
            Description = "The vocab.txt to choose from; without it new pieces are learned from the captions.",
        };
        var size = new Option<int>("--size")
        {
            Description = "The most pieces to learn, without --from.",
            DefaultValueFactory = _ => 8192,
        };
        var output = new Option<string>("--output", "-o") { Description = "The vocab.txt to write.", Required = true };
        var minCount = new Option<int>("--min-count")
        {
            Description = "How often a piece must occur.",
            DefaultValueFactory = _ => 8,
        };
        var command = new Command("pieces",
            "Chooses the word pieces that captions use out of a vocabulary, or learns them; with [DEC] and [ENC].")
        {
            full, size, output, minCount,
        };
        var captions = new CaptionArguments(command);
        foreach (var number in new[] { size, minCount })
            number.Validators.Add(result => ModelOptions.CheckRange(result, number, 1, int.MaxValue));
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var texts = captions.Read(parsed, cancellationToken);
            string[] added = [Tag2TextTokens.Decode, Tag2TextTokens.Encode];
            var pieces = parsed.GetValue(full) is { } from
                ? new WordPieceTokenizer(WordPieceSubset.Choose(WordPieceTokenizer.Load(from), texts,
                    parsed.GetValue(minCount), added), added)
                : WordPieceTrainer.Train(texts,
                    new() { VocabularySize = parsed.GetValue(size), MinFrequency = parsed.GetValue(minCount) });
            pieces.Save(parsed.GetRequiredValue(output));
            parsed.InvocationConfiguration.Error.WriteLine($"{pieces.VocabularySize} pieces");
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static Command CreateDescribe()
    {
        var tags = new Option<string>("--tags") { Description = "The tags.jsonl to describe.", Required = true };
        var output = new Option<string>("--output", "-o")
        {
            Description = "The JSON of descriptions to write.",
            Required = true,
        };
        var texts = new Option<int>("--texts") { Description = "Texts of each tag.", DefaultValueFactory = _ => 8 };
        texts.Validators.Add(result => ModelOptions.CheckRange(result, texts, 1, TagDescriptions.MostTexts));
        var command = new Command("describe",
            "Describes tags by captions that name them, in the form that RAM++ learns from.")
        {
            tags, output, texts,
        };
        var captions = new CaptionArguments(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var vocabulary = TagVocabulary.Load(parsed.GetRequiredValue(tags));
            var builder = new CaptionDescriptions(vocabulary, parsed.GetValue(texts));
            foreach (var caption in captions.Read(parsed, cancellationToken))
                builder.Add(caption);
            builder.Build().Save(parsed.GetRequiredValue(output));
            parsed.InvocationConfiguration.Error.WriteLine(
                $"{vocabulary.Count} tags described by {builder.Captions} captions");
            return builder.Captions > 0 ? ExitCode.Done : ExitCode.NothingFound;
        }, cancellationToken));
        return command;
    }
}
