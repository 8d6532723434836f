using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss mine</c>: captions in, the tags they name out.</summary>
internal static class MineCommand
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var input = new Argument<string?>("captions")
        {
            Description = "A folder with captions.jsonl, or a .txt, .jsonl or .json file of captions, also as .gz.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var vocabularyPath = new Option<string?>("--vocabulary")
        {
            Description = "The tags to find, tags.jsonl; needed for training labels.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Writes training labels (image_path, caption, union_label_id, parse_label_id) to this JSON file.",
        };
        var split = new Option<string?>("--split") { Description = "Only pictures of this split, such as train." };
        var explain = new Option<string?>("--explain") { Description = "Shows the tree, the scene graph and the tags of one caption." };
        var command = new Command("mine", "Finds the tags that captions name; makes training labels.")
        {
            input, vocabularyPath, output, split, explain,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(input) is null) == (result.GetValue(explain) is null))
                result.AddError("mine takes either captions (a folder or a file) or --explain \"a caption\"");
            else if (result.GetValue(output) is not null && result.GetValue(vocabularyPath) is null)
                result.AddError("mine --output needs --vocabulary tags.jsonl: labels are ids of its tags");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var vocabulary = parsed.GetValue(vocabularyPath) is { } path ? TagVocabulary.Load(path) : null;
            var miner = new TagMiner(vocabulary);
            var writer = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(explain) is { } caption)
                return Explain(miner, caption, writer);
            var entries = CaptionReader.Read(parsed.GetValue(input)!)
                .Where(e => parsed.GetValue(split) is not { } wanted || e.Split == wanted);
            return parsed.GetValue(output) is { } file
                ? WriteLabels(miner, vocabulary!, entries, file, parsed.InvocationConfiguration.Error, cancellationToken)
                : WriteGraphs(miner, entries, writer, cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static int Explain(TagMiner miner, string caption, TextWriter writer)
    {
        writer.Write(CaptionExplanation.Write(miner, caption));
        return miner.Mine(caption).Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    private static int WriteGraphs(
        TagMiner miner, IEnumerable<CaptionReader.Entry> entries, TextWriter writer, CancellationToken cancellationToken)
    {
        // Captions are independent: they are read in order, mined on all cores, written in order.
        var captions = entries.SelectMany(e => e.Captions);
        foreach (var line in captions.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select(caption => CaptionAnnotation.Of(caption, miner.ReadScene(caption)).ToJson()))
        {
            writer.WriteLine(line);
        }
        return ExitCode.Done;
    }

    private static int WriteLabels(
        TagMiner miner, TagVocabulary vocabulary, IEnumerable<CaptionReader.Entry> entries, string file, TextWriter error,
        CancellationToken cancellationToken)
    {
        var images = new List<MinedImage>();
        var positives = new int[vocabulary.Count];
        var captions = 0;
        foreach (var image in entries.AsParallel().AsOrdered().WithCancellation(cancellationToken)
            .Select(entry => MinedImage.Mine(miner, entry.Image ?? "", entry.Captions)))
        {
            images.Add(image);
            captions += image.Caption.Count;
            foreach (var id in image.UnionLabelId)
                positives[id]++;
        }
        var full = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        using (var stream = File.Create(temporary))
            JsonSerializer.Serialize(stream, images, Json);
        File.Move(temporary, full, overwrite: true);
        error.WriteLine($"{images.Count} pictures, {captions} captions, "
            + $"{(double)positives.Sum() / Math.Max(1, images.Count):F1} tags a picture; of {vocabulary.Count} tags "
            + $"{positives.Count(n => n > 0)} occur and {positives.Count(n => n >= 10)} have 10 pictures or more");
        return images.Count > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }
}
