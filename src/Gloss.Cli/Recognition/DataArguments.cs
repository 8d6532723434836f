using System.CommandLine;
using Gloss.Data;

namespace Gloss.Cli.Recognition;

/// <summary>The options that say what a model is measured on.</summary>
internal sealed class DataArguments
{
    private readonly Option<string> data = new("--data")
    {
        Description =
            "A folder with captions.jsonl (image, split, captions) and images/, or a list of captioned pictures, "
            + "COCO's captions_*.json among them.", Required = true,
    };

    private readonly Option<string> split = new("--split")
    {
        Description = "Which pictures of it; those without a split belong to all.", DefaultValueFactory = _ => "val",
    };

    private readonly Option<string?> images = new("--images")
    {
        Description = "The folder of its pictures; default: images beside the list, else the list's own folder.",
    };
    private readonly Option<int?> limit = new("--limit") { Description = "The most pictures, from the first." };
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    /// <summary>Adds the options to a verb.</summary>
    public DataArguments(Command command)
    {
        limit.Validators.Add(result => ModelOptions.CheckRange(result, limit, 1, int.MaxValue));
        foreach (var option in new Option[] { data, split, images, limit, json })
            command.Options.Add(option);
    }

    /// <summary>The pictures that have captions.</summary>
    public IReadOnlyList<CaptionedImage> Read(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(data);
        var found = CaptionedImages.Read(path, Split(parsed), parsed.GetValue(images))
            .Where(image => image.Captions.Count > 0)
            .Take(parsed.GetValue(limit) ?? int.MaxValue).ToList();
        if (found.Count == 0)
            throw new DatasetException($"{path} · no picture of the split '{Split(parsed)}' has captions");
        if (found[0].Packed is not null)
            throw new DatasetException($"{path} · expected pictures in files, got an archive · hint: unpack it");
        return found;
    }

    /// <summary>The split that was asked for.</summary>
    public string Split(ParseResult parsed) => parsed.GetValue(split)!;

    /// <summary>Whether JSON was asked for.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);
}
