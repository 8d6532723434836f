namespace Gloss.Models.GroundingDino;

/// <summary>What a pass predicts; the current scope owns the tensors.</summary>
public sealed class GroundingOutput
{
    /// <summary>Of each decoder layer, first to last; outside training only of the last.</summary>
    public required IReadOnlyList<GroundingPrediction> Layers { get; init; }

    /// <summary>Of the feature enhancer's places that were selected, from which the decoder starts.</summary>
    public required GroundingPrediction Selected { get; init; }

    /// <summary>The result: of the last layer.</summary>
    public GroundingPrediction Last => Layers[^1];
}
