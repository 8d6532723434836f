using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Gloss.Cli.CommandLine;
using Gloss.Inference;
using Gloss.Models.Published;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss import</c>: makes a model folder of a published checkpoint.</summary>
internal static class ImportCommand
{
    // No probability is above it: the published code gives excluded tags neither as tags nor to the caption.
    private const float Never = 1;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint")
        {
            Description = "A Tag2Text checkpoint with a Swin image encoder: .pth, .pt, .bin or .safetensors. No code in it is run.",
        };
        var tags = new Option<string>("--tags") { Description = "The names of its tags, one a line, in the order of its classes.", Required = true };
        var chinese = new Option<string?>("--tags-zh") { Description = "Their Chinese names, one a line." };
        var thresholds = new Option<string?>("--thresholds") { Description = "Their thresholds, one a line, 0 to 1." };
        var vocabulary = new Option<string>("--vocab") { Description = "BERT's vocab.txt.", Required = true };
        var config = new Option<string?>("--config")
        {
            Description = "JSON of what the weights do not tell, where it is not as published: image_size, window_size, heads, thresholds.",
        };
        var precision = new Option<WeightPrecision>("--precision") { Description = "How the folder stores the weights.", DefaultValueFactory = _ => WeightPrecision.Float32 };
        var output = new Option<string>("--out", "-o") { Description = "The model folder to write.", Required = true };
        var command = new Command("import", "Make a model folder of a published checkpoint.")
        {
            checkpoint, tags, chinese, thresholds, vocabulary, config, precision, output,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(checkpoint);
            var options = parsed.GetValue(config) is { } file ? PublishedOptions.Read(File.ReadAllText(file), file) : new PublishedOptions();
            using var opened = CheckpointFile.Open(path);
            var weights = PublishedTag2Text.Weights(opened);
            var sizes = PublishedTag2Text.Config(weights, options);
            var names = new TagVocabulary(ReadTags(parsed.GetRequiredValue(tags), parsed.GetValue(chinese), parsed.GetValue(thresholds), sizes.Tags, options));
            var tokenizer = WordPieceTokenizer.Load(parsed.GetRequiredValue(vocabulary), [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
            using var model = PublishedTag2Text.Build(sizes, weights);
            cancellationToken.ThrowIfCancellationRequested();

            var hash = Hash(path);
            var folder = parsed.GetRequiredValue(output);
            ModelFolder.Save(folder, new ModelConfig
            {
                FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.Tag2TextFamily, Tag2Text = sizes,
                Preprocessing = Preprocessing.ImageNet, Threshold = options.Threshold, ExcludedTags = [.. options.ExcludedFor(sizes.Tags)],
                Source = $"{Path.GetFileName(path)}, sha256 {hash}",
            }, model, tokenizer, names, Card(path, hash, model), parsed.GetValue(precision));
            parsed.InvocationConfiguration.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{folder}: tag2text, {sizes.Tags} tags, {model.VisualEncoder.ImageSize} pixels, {model.ParameterCount() / 1e6:F1} M parameters"));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static IEnumerable<Tag> ReadTags(string namesFile, string? chineseFile, string? thresholdsFile, int count, PublishedOptions options)
    {
        var names = Lines(namesFile, count);
        var chinese = chineseFile is null ? null : Lines(chineseFile, count);
        var thresholds = thresholdsFile is null ? null : Lines(thresholdsFile, count);
        var single = options.ThresholdsFor(count);
        var excluded = options.ExcludedFor(count);
        return [.. names.Select((name, id) => new Tag(id, name, TagType.Object, [], chinese?[id],
            excluded.Contains(id) ? Never
            : thresholds is not null ? Threshold(thresholds[id], thresholdsFile!, id)
            : single.TryGetValue(id, out var own) ? own : null))];
    }

    private static string[] Lines(string file, int count)
    {
        var lines = File.ReadAllLines(file).Select(line => line.Trim()).ToArray();
        return lines.Length == count && lines.All(line => line.Length > 0) ? lines : throw new VocabularyException(
            $"{file} has {lines.Count(line => line.Length > 0)} lines with text of {lines.Length}, the checkpoint {count} tags · hint: is this the list that belongs to it?");
    }

    private static float Threshold(string text, string file, int id) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1 ? value
            : throw new VocabularyException($"{file}, line {id + 1}: expected a number from 0 to 1, got '{text}'");

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Card(string path, string hash, Tag2TextModel model) => string.Create(CultureInfo.InvariantCulture, $"""
        # {Path.GetFileNameWithoutExtension(path)}

        Tag2Text (Huang et al., ICLR 2024), imported by `gloss import` from `{Path.GetFileName(path)}` (sha256 {hash}).
        {model.Config.Tags} tags, pictures of {model.VisualEncoder.ImageSize} pixels, {model.ParameterCount()} parameters.
        Its terms are those of the checkpoint's authors. Tags have the type "object" throughout: the checkpoint has no types.

        """);
}
