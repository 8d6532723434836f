using Gloss.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Inference.Grounding;

/// <summary>A grounding model with all that belongs to it; owns the model.</summary>
public sealed class LoadedGrounding(ModelConfig config, GroundingDinoModel model, WordPieceTokenizer tokenizer)
    : IDisposable
{
    /// <summary>What the folder's config says.</summary>
    public ModelConfig Config { get; } = config;

    /// <summary>The model, in evaluation mode; this object owns it.</summary>
    public GroundingDinoModel Model { get; } = model;

    /// <summary>Its word pieces.</summary>
    public WordPieceTokenizer Tokenizer { get; } = tokenizer;

    /// <summary>Sizes of pictures and thresholds.</summary>
    public GroundingSettings Settings { get; } = config.Grounding ?? new GroundingSettings();

    /// <summary>Where the model computes.</summary>
    public Device Device => Model.NamedParameters().First().Parameter.Value.Device;

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
