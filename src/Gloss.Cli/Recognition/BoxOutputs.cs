using System.CommandLine;

namespace Gloss.Cli.Recognition;

/// <summary>The files that a verb with boxes writes.</summary>
internal sealed class BoxOutputs
{
    private readonly Option<string?> draw = new("--draw")
    {
        Description = "Draw the boxes: a file (.jpg, .png, .webp) for one picture, a folder for several.",
    };
    private readonly Option<string?> crops = new("--crops") { Description = "Cut the boxes out into this folder." };
    private readonly Option<string?> cocoResults = new("--coco-results")
    {
        Description = "Write COCO results to this file.",
    };
    private readonly Option<string?> coco = new("--coco")
    {
        Description = "Write a COCO annotation file, to correct by hand.",
    };
    private readonly Option<string?> yolo = new("--yolo")
    {
        Description = "Write YOLO labels into this folder, with classes.txt.",
    };
    private readonly Option<string?> labelMe = new("--labelme")
    {
        Description = "Write LabelMe files into this folder, to correct by hand.",
    };

    /// <summary>Adds the options to a verb.</summary>
    public BoxOutputs(Command command)
    {
        foreach (var option in new[] { draw, crops, cocoResults, coco, yolo, labelMe })
            command.Options.Add(option);
    }

    /// <summary>Begins a run that prints and writes what was asked for.</summary>
    public BoxRun Begin(ParseResult parsed, ResultForm form) => new(parsed.InvocationConfiguration, form)
    {
        Draw = parsed.GetValue(draw), Crops = parsed.GetValue(crops), CocoResults = parsed.GetValue(cocoResults),
        Coco = parsed.GetValue(coco), Yolo = parsed.GetValue(yolo), LabelMe = parsed.GetValue(labelMe),
    };
}
