using System.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss ground</c>: pictures and words in, boxes out.</summary>
internal static class GroundCommand
{
    private const string Auto = "auto";
    private const int MostSkipped = 20;

    private static readonly Dictionary<string, Suppression> Suppressions = new(StringComparer.Ordinal)
    {
        ["class"] = Suppression.Class, ["all"] = Suppression.All, ["none"] = Suppression.None,
    };

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("ground",
            "Find where things are in pictures: boxes for tags, or the one box that a phrase means.");
        var pictures = new PictureArguments(command);
        var tags = new Option<string?>("--tags", "-t")
        {
            Description = "What to find, with commas between: \"dog, red car\"; auto: what a tagging model recognises.",
        };
        var tagsFile = new Option<string?>("--tags-file") { Description = "A file of tags, one a line; any number." };
        var phrase = new Option<string?>("--phrase", "-p")
        {
            Description = "Find the one thing that this means: \"the man on the left\".",
        };
        var tagger = new Option<string>("--tagger")
        {
            Description = "The model that recognises tags for --tags auto.",
            DefaultValueFactory = _ => ModelFolder.DefaultName,
        };
        var model = new GroundingModelOptions(command);
        var threshold = new Option<float?>("--threshold")
        {
            Description = "Least score of a box, 0 to 1; default: the model's.",
        };
        threshold.Validators.Add(result => ModelOptions.CheckRange(result, threshold, 0, 1));
        var top = new Option<int?>("--top") { Description = "Most boxes of a picture." };
        top.Validators.Add(result => ModelOptions.CheckRange(result, top, 1, int.MaxValue));
        var suppress = new Option<string>("--nms")
        {
            Description =
                "Which boxes that overlap a surer one are dropped: of the same tag (class), of all tags, or none.",
            DefaultValueFactory = _ => "class",
        };
        suppress.AcceptOnlyFromAmong([.. Suppressions.Keys]);
        var overlap = new Option<double?>("--nms-iou")
        {
            Description = "Overlap above which a box is dropped, 0 to 1; default: the model's.",
        };
        overlap.Validators.Add(result => ModelOptions.CheckRange(result, overlap, 0, 1));
        var tokens = new Option<int?>("--tokens-per-pass")
        {
            Description =
                "Most words, in tokens, that are looked for together; fewer make scores depend less on the other tags, "
                + "and take longer.",
        };
        tokens.Validators.Add(result => ModelOptions.CheckRange(result, tokens, 8, 4096));
        foreach (var option in new Option[] { tags, tagsFile, phrase, tagger, threshold, top, suppress,
            overlap, tokens })
            command.Options.Add(option);
        var outputs = new BoxOutputs(command);
        command.Validators.Add(result =>
        {
            var given = new[] { result.GetValue(tags), result.GetValue(tagsFile),
                result.GetValue(phrase) }.Count(v => v is not null);
            if (given != 1)
                result.AddError(
                    "give one of --tags \"dog, car\", --tags auto, --tags-file FILE and --phrase \"the man on the "
                    + "left\"");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var options = new GrounderOptions
            {
                Threshold = parsed.GetValue(threshold), MostBoxes = parsed.GetValue(top)
                    ?? new GrounderOptions().MostBoxes,
                Suppression = Suppressions[parsed.GetValue(suppress)!], SuppressAbove = parsed.GetValue(overlap),
                TokensPerPass = parsed.GetValue(tokens),
                Bf16 = model.Bf16(parsed),
            };
            var given = parsed.GetValue(tagsFile) is { } file ? TagFile.Read(tagsFile.Name, file)
                : parsed.GetValue(tags) is { } list and not Auto ? GroundingTags.Split(list) : null;
            using var run = outputs.Begin(parsed, pictures.Form(parsed));
            var files = run.Check(pictures.Files(parsed));
            using var loaded = model.Open(parsed);
            using var grounder = new Grounder(loaded, options);
            if (parsed.GetValue(phrase) is { } words)
                return run.Print(Phrase(grounder, words, files), [words], cancellationToken);
            if (given is not null)
                return Tags(grounder, given, files, run, cancellationToken);
            using var recognized = ModelFolder.Open(parsed.GetValue(tagger)!)
                .OpenModel(ModelParts.Tagging, model.Device(parsed));
            using var recognizer = new ImageRecognizer(recognized,
                new ImageRecognizerOptions { Threads = model.Threads(parsed), BatchSize = 1 });
            var names = new List<string>();
            return run.Print(Recognized(grounder, recognizer, files, names, cancellationToken), names,
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static int Tags(Grounder grounder, IReadOnlyList<string> given, IEnumerable<ImageFile> files, BoxRun run,
        CancellationToken cancellationToken)
    {
        var laid = grounder.Tags(given);
        run.SayAll(laid.Skipped.Take(MostSkipped).Select(reason => $"not looked for: {reason}"));
        if (laid.Skipped.Count > MostSkipped)
            run.SayAll([$"not looked for: {laid.Skipped.Count - MostSkipped} others of the {given.Count} tags"]);
        return run.Print(Each(files, picture => grounder.Find(picture, laid, cancellationToken)), laid.Names,
            cancellationToken);
    }

    private static IEnumerable<GroundedImage> Phrase(Grounder grounder, string phrase, IEnumerable<ImageFile> files) =>
        Each(files, picture => grounder.FindPhrase(picture, phrase) is { } box ? [box with { Name = phrase }] : []);

    // Every picture has its own tags; they are numbered over all pictures as they come up.
    private static IEnumerable<GroundedImage> Recognized(Grounder grounder, ImageRecognizer recognizer,
        IEnumerable<ImageFile> files,
        List<string> names, CancellationToken cancellationToken)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return Each(files, (picture, file) =>
        {
            // What a thing is like and what it does has no box of its own.
            string[] things =
                [.. recognizer.Run([file]).Single().Tags.Where(t => t.Type is TagType.Object or TagType.Scene)
                .Select(t => t.Name).Where(grounder.Reads)];
            if (things.Length == 0)
                return [];
            return [.. grounder.Find(picture, grounder.Tags(things), cancellationToken).Select(box =>
            {
                if (!numbers.TryGetValue(box.Name, out var number))
                {
                    numbers[box.Name] = number = names.Count;
                    names.Add(box.Name);
                }
                return box with { Tag = number };
            })];
        });
    }

    private static IEnumerable<GroundedImage> Each(IEnumerable<ImageFile> files,
        Func<RgbImage, IReadOnlyList<GroundedBox>> find) =>
        Each(files, (picture, _) => find(picture));

    private static IEnumerable<GroundedImage> Each(IEnumerable<ImageFile> files,
        Func<RgbImage, ImageFile, IReadOnlyList<GroundedBox>> find)
    {
        var decoder = new ImageDecoder();
        foreach (var file in files)
        {
            GroundedImage result;
            try
            {
                if (file.Error is not null)
                    throw file.Error;
                var picture = decoder.Decode(file.Path);
                result = new GroundedImage(file.Path, new ImageSize(picture.Width, picture.Height),
                    find(picture, file)) { Picture = picture };
            }
            catch (ImageException error)
            {
                result = new GroundedImage(file.Path, default, [], error);
            }
            yield return result;
        }
    }
}
