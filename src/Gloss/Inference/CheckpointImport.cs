using System.Globalization;
using System.Security.Cryptography;
using Gloss.Models;
using Gloss.Models.Clip;
using Gloss.Models.Layers;
using Gloss.Models.Published;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Makes a model folder of a published checkpoint of Tag2Text, RAM, RAM++ or CLIP. No code in the file is run, and
/// weights go from file to file one after the other: memory does not grow with the file, but for its largest weight.
/// </summary>
public static class CheckpointImport
{
    private const int MostSkips = 8;

    private static readonly Dictionary<PublishedFamily, (string Family, string Title)> Titles = new()
    {
        [PublishedFamily.Tag2Text] = (ModelConfig.Tag2TextFamily, "Tag2Text (Huang et al., ICLR 2024)"),
        [PublishedFamily.Ram] = (ModelConfig.RamFamily, "RAM (Zhang et al., 2023)"),
        [PublishedFamily.RamPlus] = (ModelConfig.RamPlusFamily, "RAM++ (Huang et al., 2023)"),
        [PublishedFamily.Clip] = (ModelConfig.ClipFamily, "CLIP (Radford et al., ICML 2021)"),
    };

    /// <summary>Checks everything, then writes the folder.</summary>
    /// <exception cref="CheckpointException">
    /// The checkpoint, the lists and the config do not fit each other: the message lists all that is wrong, and nothing
    /// is written.
    /// </exception>
    /// <exception cref="ArgumentException">The config is not of its form.</exception>
    public static ImportedModel Run(CheckpointImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var published = options.Config is { } file ? PublishedOptions.Read(File.ReadAllText(file), file)
            : new PublishedOptions();
        using var opened = CheckpointFile.Open(options.Checkpoint);
        var checkpoint = PublishedCheckpoint.Read(opened, options.Skip);
        var faults = new List<string>();
        var config = ConfigOf(checkpoint, published, faults);
        faults.AddRange(published.Contradictions(checkpoint.Family, ConfigFacts.Of(config)));
        faults.AddRange(config.Faults());
        var weights = config.Faults().Any() ? [] : Matched(config, checkpoint, faults);

        TagVocabulary? tags = null;
        WordPieceTokenizer? tokenizer = null;
        ModelFolder? clip = null;
        if (config.Clip is null)
        {
            tags = ReadTags(options, config.TagCount!.Value, published, faults);
            tokenizer = checkpoint.HasCaptions ? ReadWords(options.Vocabulary, config.VocabularySize, faults) : null;
            clip = options.Clip is null ? null : OpenClip(options.Clip, config, faults);
        }
        else
        {
            CheckMerges(options, config.Clip, faults);
        }
        if (faults.Count > 0)
            throw new CheckpointException(
                $"the checkpoint cannot be imported · {options.Checkpoint}\n  {string.Join("\n  ", faults)}");

        cancellationToken.ThrowIfCancellationRequested();
        var hash = Hash(options.Checkpoint);
        config = config with { Source = $"{Path.GetFileName(options.Checkpoint)}, sha256 {hash}" };
        var count = weights.Values.Sum(w => w.Shape.Aggregate(1L, (a, b) => a * b));
        var size = config.Clip?.ImageSize ?? ImageSize(config);
        var card = Card(options.Checkpoint, hash, config, Titles[checkpoint.Family].Title, count, size);
        cancellationToken.ThrowIfCancellationRequested();
        if (config.Clip is null)
            ModelFolder.Save(options.Output, config, weights, tokenizer, tags!, card, _ => options.Precision);
        else
            ModelFolder.SaveClip(options.Output, config, weights, options.Vocabulary!, card, options.Precision);
        clip?.CopyTo(Path.Combine(options.Output, ModelFolder.ClipName));
        return new ImportedModel(options.Output, config, count, size, checkpoint.HasCaptions);
    }

    private static ModelConfig ConfigOf(PublishedCheckpoint checkpoint, PublishedOptions published, List<string> faults)
    {
        var sizes = new PublishedSizes(checkpoint, published);
        var isClip = checkpoint.Family == PublishedFamily.Clip;
        var own = isClip ? Preprocessing.Clip : Preprocessing.ImageNet;
        float[] Scaled(IReadOnlyList<float>? values, float[] otherwise) =>
            values is null ? otherwise : [.. values.Select(v => v * 255)];
        var config = new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = Titles[checkpoint.Family].Family,
            Tag2Text = checkpoint.Family == PublishedFamily.Tag2Text ? sizes.Tag2Text() : null,
            Ram = checkpoint.Family == PublishedFamily.Ram ? sizes.Ram() : null,
            RamPlus = checkpoint.Family == PublishedFamily.RamPlus ? sizes.RamPlus() : null,
            Clip = isClip ? sizes.Clip() : null,
            Preprocessing = own with { Mean = Scaled(published.Mean, own.Mean),
                Deviation = Scaled(published.Deviation, own.Deviation) },
            Threshold = published.Threshold, OpenSetThreshold = published.OpenSetThreshold,
        };
        if (config.RamPlus is { } plus && checkpoint.Weights.TryGetValue("label_embed", out var texts)
            && texts.Shape.Length == 2
            && texts.Shape[0] % plus.TextsPerTag != 0)
        {
            faults.Add($"label_embed has {texts.Shape[0]} rows, expected {plus.TextsPerTag} for each tag · " +
                "hint: texts_per_class in the file of --config says how many");
        }
        return config.TagCount is { } count ? config with { DeletedTags = [.. published.DeletedFor(count)] } : config;
    }

    // The weights by the names that a model of the config has.
    private static Dictionary<string, WeightSource> Matched(ModelConfig config, PublishedCheckpoint checkpoint,
        List<string> faults)
    {
        // Built for its names and shapes alone: values that are not drawn take no memory.
        using var drawn = Initial.Skip();
        using Module model = config.Clip is null ? config.Build() : new ClipModel(config.Clip);
        var fitted = PublishedWeights.Fit(model, checkpoint.Weights);
        try
        {
            var result = new Dictionary<string, WeightSource>(StringComparer.Ordinal);
            foreach (var (name, sources) in model.MatchNames(
                fitted.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal)))
            {
                result.Add(name, fitted[sources[0]]);
                faults.AddRange(sources.Skip(1)
                    .Where(other => !PublishedWeights.AreEqual(fitted[sources[0]], fitted[other]))
                    .Select(other => $"'{sources[0]}' and '{other}' differ: they are one weight in published models"));
            }
            return result;
        }
        catch (CheckpointException error)
        {
            faults.Add(error.Message.ReplaceLineEndings("\n  "));
            if (Superfluous(fitted.Keys, [.. model.AllNames().Select(n => n.Name)]).Take(MostSkips)
                .ToArray() is { Length: > 0 } prefixes)
                faults.Add(
                    $"hint: what is unexpected is left out with "
                    + $"{string.Join(' ', prefixes.Select(p => $"--skip {p}"))}, where it is superfluous");
            return [];
        }
    }

    // The shortest beginnings, up to a dot, of names that the model has not, with which none of its own begins.
    private static IEnumerable<string> Superfluous(IEnumerable<string> names, HashSet<string> known) =>
        names.Where(name => !known.Contains(name))
        .Select(name => Enumerable.Range(0, name.Length).Where(i => name[i] == '.').Select(i => name[..(i + 1)])
            .FirstOrDefault(prefix => !known.Any(own => own.StartsWith(prefix, StringComparison.Ordinal))) ?? name)
        .Distinct(StringComparer.Ordinal);

    private static TagVocabulary? ReadTags(CheckpointImportOptions options, int count, PublishedOptions published,
        List<string> faults)
    {
        if (options.Tags is null)
        {
            faults.Add($"the names of its {count} tags are missing · hint: --tags FILE, one a line");
            return null;
        }
        var names = Lines(options.Tags, count, faults);
        var chinese = options.ChineseTags is null ? null : Lines(options.ChineseTags, count, faults);
        var thresholds = options.Thresholds is null ? null : Lines(options.Thresholds, count, faults);
        var numbers = new float?[count];
        for (var id = 0; id < thresholds?.Length; id++)
        {
            if (float.TryParse(thresholds[id], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value is >= 0 and <= 1)
                numbers[id] = value;
            else
                faults.Add(
                    $"{options.Thresholds}, line {id + 1}: expected a number from 0 to 1, got '{thresholds[id]}'");
        }
        var single = published.ThresholdsFor(count);
        if (single.Keys.Where(id => id < 0 || id >= count).ToArray() is { Length: > 0 } wrong)
            faults.Add($"threshold.overrides: expected ids from 0 to {count - 1}, got {string.Join(", ", wrong)}");
        if (names is null || faults.Count > 0)
            return null;
        try
        {
            return new TagVocabulary(names.Select((name, id) => new Tag(id, name, TagType.Object, [], chinese?[id],
                numbers[id] ?? (single.TryGetValue(id, out var own) ? own : null))));
        }
        catch (ArgumentException error)
        {
            faults.Add($"{options.Tags}: {error.Message}");
            return null;
        }
    }

    private static string[]? Lines(string file, int count, List<string> faults)
    {
        if (!File.Exists(file))
        {
            faults.Add($"{file} is not there");
            return null;
        }
        var lines = File.ReadAllLines(file).Select(line => line.Trim()).ToArray();
        // An editor may leave empty lines at the end.
        lines = lines[..(Array.FindLastIndex(lines, line => line.Length > 0) + 1)];
        if (lines.Length == count && lines.All(line => line.Length > 0))
            return lines;
        faults.Add(
            $"{file} has {lines.Count(line => line.Length > 0)} lines with text of {lines.Length}, the checkpoint "
            + $"{count} tags · "
            + "hint: is this the list that belongs to it?");
        return null;
    }

    private static WordPieceTokenizer? ReadWords(string? file, long? count, List<string> faults)
    {
        if (file is null)
        {
            faults.Add(
                "the word pieces of its captions are missing · hint: --vocab FILE, the vocab.txt of bert-base-uncased");
            return null;
        }
        try
        {
            var tokenizer = WordPieceTokenizer.Load(file, [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
            if (tokenizer.VocabularySize != count)
                faults.Add(
                    $"{file} has {tokenizer.VocabularySize} tokens with [DEC] and [ENC], the checkpoint {count}");
            return tokenizer;
        }
        catch (Exception error) when (error is VocabularyException or IOException or UnauthorizedAccessException)
        {
            faults.Add(error.Message);
            return null;
        }
    }

    private static void CheckMerges(CheckpointImportOptions options, ClipConfig config, List<string> faults)
    {
        if (options.Clip is not null || options.Tags is not null || options.ChineseTags is not null
            || options.Thresholds is not null)
            faults.Add("it is a CLIP: it has no tags, so no lists of them and no other CLIP belong to it");
        if (options.Vocabulary is null)
        {
            faults.Add("the merges of its texts are missing · hint: --vocab FILE, bpe_simple_vocab_16e6.txt.gz");
            return;
        }
        try
        {
            var tokenizer = ClipTokenizer.Load(options.Vocabulary, ClipTokenizer.MergeCountOf(config.VocabularySize));
            if (tokenizer.VocabularySize != config.VocabularySize)
                faults.Add(
                    $"{options.Vocabulary} has {tokenizer.VocabularySize} tokens, the checkpoint "
                    + $"{config.VocabularySize}");
        }
        catch (Exception error)
            when (error is VocabularyException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            faults.Add(error.Message);
        }
    }

    private static ModelFolder? OpenClip(string folder, ModelConfig config, List<string> faults)
    {
        try
        {
            var clip = ModelFolder.Open(folder);
            var width = config.Ram?.EmbeddingSize ?? config.RamPlus?.EmbeddingSize;
            if (width is null)
                faults.Add("a Tag2Text knows its own tags alone: no CLIP belongs to it");
            else if (clip.Config.Clip?.EmbeddingSize != width)
                faults.Add(
                    $"{folder}: expected a CLIP with embeddings of {width} numbers, got "
                    + $"{clip.Config.Family}{(clip.Config.Clip is { } other ? $" of {other.EmbeddingSize}" : "")}");
            return clip;
        }
        catch (CheckpointException error)
        {
            faults.Add(error.Message);
            return null;
        }
    }

    private static long ImageSize(ModelConfig config) =>
        (config.Tag2Text?.ImageEncoder ?? config.Ram?.ImageEncoder ?? config.RamPlus!.ImageEncoder).Swin!.ImageSize;

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Card(string path, string hash, ModelConfig config, string title, long parameters,
        long size) =>
        string.Create(CultureInfo.InvariantCulture, $"""
            # {Path.GetFileNameWithoutExtension(path)}

            {title}, imported by `gloss import` from `{Path.GetFileName(path)}` (sha256 {hash}).
            {(config.TagCount is { } tags ? $"{tags} tags, pictures" : "Pictures")} of {size} pixels, {parameters} parameters.
            Its terms are those of the checkpoint's authors.{(config.TagCount is null ? "" : " Tags have the type \"object\" throughout: the checkpoint has no types.")}

            """);
}
