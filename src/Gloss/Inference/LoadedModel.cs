using Gloss.Models;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>A tagging model out of a folder, ready for inference, with all that belongs to it.</summary>
public sealed class LoadedModel : IDisposable
{
    internal LoadedModel(ModelFolder folder, RecognitionPredictor predictor, ModelParts parts)
    {
        Folder = folder;
        Predictor = predictor;
        Parts = parts;
    }

    /// <summary>Where it comes from.</summary>
    public ModelFolder Folder { get; }

    /// <summary>What the folder's config says.</summary>
    public ModelConfig Config => Folder.Config;

    /// <summary>Asks the model.</summary>
    public RecognitionPredictor Predictor { get; private set; }

    /// <summary>The model, in evaluation mode; this object owns it.</summary>
    public TaggingModel Model => Predictor.Model;

    /// <summary>Which weights were read.</summary>
    public ModelParts Parts { get; }

    /// <summary>Where the model computes.</summary>
    public Device Device => Model.Device;

    /// <summary>From now on each tag is given above its threshold of these, in the order of the vocabulary.</summary>
    /// <exception cref="ArgumentException">There are not as many thresholds as tags, or one is outside 0–1.</exception>
    public void UseThresholds(IReadOnlyList<float> thresholds) => Predictor = Predictor.WithThresholds(thresholds);

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
