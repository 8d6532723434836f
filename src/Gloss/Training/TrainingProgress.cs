namespace Gloss.Training;

/// <summary>Where a training stands; given after every step and when the trainer turns to something else.</summary>
public sealed record TrainingProgress
{
    /// <summary>What the trainer does now: <c>training</c>, <c>validating</c>, <c>saving</c>.</summary>
    public required string Activity { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Steps in all.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Epochs done, with their fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>The loss, a moving mean over about 20 steps; NaN before the first.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Examples trained on per second, of late; 0 before the first step.</summary>
    public double ExamplesPerSecond { get; init; }

    /// <summary>
    /// Time until the last step at the present rate, without validations; null before the first step.
    /// </summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>The figures of a validation that has just ended; null otherwise.</summary>
    public IReadOnlyDictionary<string, double>? Validation { get; init; }
}
