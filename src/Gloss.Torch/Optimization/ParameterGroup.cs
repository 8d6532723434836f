namespace Gloss.Torch;

/// <summary>Parameters that are trained alike.</summary>
public sealed class ParameterGroup
{
    /// <summary>The parameters with their full names.</summary>
    public required IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; init; }

    /// <summary>Multiplies the learning rate.</summary><value>1</value>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>Share of the parameter taken away at each step, times the learning rate.</summary><value>0.05</value>
    public double WeightDecay { get; init; } = 0.05;
}
