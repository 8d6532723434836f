namespace Gloss.Inference;

/// <summary>What <see cref="CheckpointImport"/> wrote.</summary>
/// <param name="Folder">The model folder.</param>
/// <param name="Config">Its config.</param>
/// <param name="ParameterCount">Numbers in its weights, shared ones counted once.</param>
/// <param name="ImageSize">Side of the pictures it takes, in pixels.</param>
/// <param name="HasCaptions">Whether it captions.</param>
public sealed record ImportedModel(string Folder, ModelConfig Config, long ParameterCount, long ImageSize,
    bool HasCaptions);
