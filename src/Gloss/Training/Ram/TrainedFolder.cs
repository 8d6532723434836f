using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.Generation;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Text;

namespace Gloss.Training.Ram;

/// <summary>Writes what was trained as a model folder that every verb can use.</summary>
internal static class TrainedFolder
{
    /// <summary>Writes the folder with its card.</summary>
    public static void Save(string folder, TaggingModel model, TaggingTaskOptions options, TagVocabulary tags,
        WordPieceTokenizer? vocabulary,
        GenerationOptions generation, IReadOnlyDictionary<string, double> figures)
    {
        var data =
            string.Join(", ", options.Data.Select(path => Path.GetFileName(path.TrimEnd(Path.DirectorySeparatorChar))));
        var teacher = Path.GetFileName((options.Teacher.Clip ?? options.Teacher.TextTower!)
            .TrimEnd(Path.DirectorySeparatorChar));
        var (family, sizes) = ModelConfig.Of(model);
        var config = new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = family, Ram = sizes as RamConfig,
            RamPlus = sizes as RamPlusConfig,
            Preprocessing = options.Preprocessing, Threshold = (float)figures.GetValueOrDefault("threshold", 0.5),
            Generation = generation,
            Source = $"trained by Gloss on {data}; labels embedded by {teacher}",
        };
        var card =
            $"# Model card\n\nTrained by Gloss on {data}, with labels embedded by {teacher}.\n\n| figure on val | "
            + $"value |\n|---|---|\n"
            + string.Concat(figures.Select(f => $"| {f.Key} | {f.Value:0.####} |\n"));
        ModelFolder.Save(folder, config, model, vocabulary, tags, card, options.SavedPrecision);
    }
}
