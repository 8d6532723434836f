using System.Text.Json;
using Gloss.Data;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>
/// Starts the evidence of classes: a pretrained classifier, and each class speaks for the tags that its name means.
/// </summary>
internal static class ClassEvidenceStart
{
    /// <summary>Fills the evidence.</summary>
    /// <param name="evidence">Of as many classes as the classifier.</param>
    /// <param name="options">The classifier.</param>
    /// <param name="labels">What classes are called among the tags.</param>
    /// <param name="tags">The vocabulary.</param>
    /// <exception cref="CheckpointException">The weights have other sizes.</exception>
    /// <exception cref="DatasetException">The list of classes has another length, or is none.</exception>
    public static void Load(ClassEvidence evidence, ClassifierOptions options, LabelNames labels,
        TagVocabulary tags)
    {
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(options.Weights);
        var (weight, bias) = (file.Read("_fc.weight"), file.Read("_fc.bias"));
        var own = evidence.Classes.Weight.Value;
        if (!weight.Shape.AsSpan().SequenceEqual(own.Shape) || !bias.Shape.AsSpan().SequenceEqual([own.Size(0)]))
            throw new CheckpointException($"{options.Weights} · _fc.weight {weight}, _fc.bias {bias} · expected "
                + $"({own.Size(0)}, {own.Size(1)}) and ({own.Size(0)}): model.classes, and the encoder's width");
        own.CopyInPlace(weight);
        evidence.Classes.Bias!.Value.CopyInPlace(bias);
        var counts = evidence.Tags.Weight.Value;
        counts.CopyInPlace(Tensor.FromData(Meaning(options, tags, (int)counts.Size(1), labels), counts.Shape));
    }

    // What each class counts for each tag, (tags, classes).
    private static float[] Meaning(ClassifierOptions options, TagVocabulary tags, int count, LabelNames labels)
    {
        var classes = ReadNames(options.Classes);
        if (classes.Length != count)
            throw new DatasetException($"{options.Classes} · expected the names of {count} classes, got "
                + $"{classes.Length}");
        var meaning = new float[checked(tags.Count * count)];
        for (var i = 0; i < count; i++)
        {
            var meant = labels.TagIds(classes[i]);
            foreach (var tag in tags.Where(tag => meant.Length > 0))
                meaning[tag.Id * count + i] =
                    (float)(meant.Contains(tag.Id) ? options.Strength : -options.Against);
        }
        return meaning.Any(value => value > 0) || options.Strength == 0 ? meaning
            : throw new DatasetException($"{options.Classes} · none of the {count} classes names a tag, as "
                + "'tabby' names 'cat' in configs/label-names.tsv · hint: labelNames");
    }

    private static string[] ReadNames(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.EnumerateArray().Select(item => item.GetProperty("name").GetString()
                ?? throw new DatasetException($"{path} · a class has no name"))];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new DatasetException($"{path} · expected a list of classes with their names: {error.Message}", error);
        }
    }
}
