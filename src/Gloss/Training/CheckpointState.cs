namespace Gloss.Training;

/// <summary>The small figures of a checkpoint: <c>state.json</c>.</summary>
internal sealed record CheckpointState
{
    /// <summary>Version of the checkpoint's format.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>
    /// Steps done. Epoch and batch follow from it: the order of examples is a function of seed and epoch.
    /// </summary>
    public required long Step { get; init; }

    /// <summary>The step of the last finished validation; 0: none.</summary>
    public long ValidatedStep { get; init; }

    /// <summary>The figure by which the best weights are chosen; null: the last are kept.</summary>
    public string? BestMetric { get; init; }

    public double? BestValue { get; init; }

    public long? BestStep { get; init; }

    public long SkippedSteps { get; init; }

    /// <summary>Seconds trained, in all processes together.</summary>
    public double Seconds { get; init; }
}
