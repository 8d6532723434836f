using System.Globalization;
using System.Text;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// What a trained model's card says, as far as the settings tell; people add the terms of their data.
/// </summary>
internal static class ModelCard
{
    /// <summary>The card, Markdown.</summary>
    public static string Write(Tag2TextTaskOptions options, int pictures, IReadOnlyDictionary<string, double> figures)
    {
        var card = new StringBuilder("# Model card\n\n");
        card.Append(CultureInfo.InvariantCulture, $"A Tag2Text model trained by Gloss on {pictures:N0} pictures.\n\n");
        card.Append("| | |\n|---|---|\n");
        void Row(string what, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                card.Append(CultureInfo.InvariantCulture, $"| {what} | {value} |\n");
        }
        Row("captioned pictures (train split)", Names(options.Data));
        Row("labelled pictures", Names(options.Labelled));
        Row("went on from", options.Start);
        Row("image encoder began as", options.ImageWeights);
        Row("text side began as", options.TextTower);
        Row("classifier that speaks for tags", options.Classifier?.Weights);
        Row("image encoder", options.CachedViews > 0 ? $"frozen, {options.CachedViews} views of each picture"
            : "trained too");
        Row("learned", options.TaggingOnly ? "tagging alone" : options.CaptioningOnly
            ? "captioning alone" : "tagging and captioning");
        Row("self-critical training", options.CiderSamples > 0
            ? $"{options.CiderSamples} draws a picture, on CIDEr-D" : null);
        Row("terms",
            "those of the data and of the weights that it began with: to be filled in before the model is passed on");
        card.Append("\n| figure on the validation split | value |\n|---|---|\n");
        foreach (var (name, value) in figures)
            card.Append(CultureInfo.InvariantCulture, $"| {name} | {value:0.####} |\n");
        card.Append("\nThe run's `config.json` has all settings; `gloss train` with it makes the model again.\n");
        return card.ToString();
    }

    private static string Names(string[] paths) =>
        string.Join(", ", paths.Select(path => Path.GetFileName(path.TrimEnd('/'))));
}
