using Gloss.Models.Published;

namespace Gloss.Inference;

/// <summary>What <see cref="CheckpointImport"/> makes a model folder of.</summary>
public sealed record CheckpointImportOptions
{
    /// <summary>The checkpoint: .pth, .pt, .bin or .safetensors.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The model folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// Names of the tags, one a line, in the order of the classes; not for CLIP, which has none.
    /// </summary>
    /// <value>null</value>
    public string? Tags { get; init; }

    /// <summary>Their Chinese names, one a line.</summary><value>null</value>
    public string? ChineseTags { get; init; }

    /// <summary>Their thresholds, one a line, 0–1.</summary><value>null</value>
    public string? Thresholds { get; init; }

    /// <summary>
    /// BERT's <c>vocab.txt</c> for a model that captions; CLIP's file of merges for CLIP.
    /// </summary>
    /// <value>null</value>
    public string? Vocabulary { get; init; }

    /// <summary>
    /// JSON of what the weights do not tell, as <see cref="PublishedOptions.Read"/> takes it.
    /// </summary>
    /// <value>null</value>
    public string? Config { get; init; }

    /// <summary>
    /// A model folder of CLIP that is put into the new one, so that it knows tags outside its vocabulary.
    /// </summary>
    /// <value>null</value>
    public string? Clip { get; init; }

    /// <summary>What names of weights that are left out begin with.</summary><value>none</value>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>How weights are stored.</summary><value>float32</value>
    public WeightPrecision Precision { get; init; }
}
