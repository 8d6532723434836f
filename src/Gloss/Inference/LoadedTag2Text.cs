using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>A Tag2Text model out of a folder, ready for inference, with all that belongs to it.</summary>
public sealed class LoadedTag2Text : IDisposable
{
    internal LoadedTag2Text(ModelConfig config, Tag2TextPredictor predictor, Tag2TextParts parts)
    {
        Config = config;
        Predictor = predictor;
        Parts = parts;
    }

    /// <summary>What the folder's config says.</summary>
    public ModelConfig Config { get; }

    /// <summary>Asks the model.</summary>
    public Tag2TextPredictor Predictor { get; }

    /// <summary>The model, in evaluation mode; this object owns it.</summary>
    public Tag2TextModel Model => Predictor.Model;

    /// <summary>Which weights were read.</summary>
    public Tag2TextParts Parts { get; }

    /// <summary>Where the model computes.</summary>
    public Device Device => Model.Labels.Value.Device;

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
