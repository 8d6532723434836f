namespace Gloss.Training;

/// <summary>What a call of <see cref="Trainer.Run"/> ended with.</summary>
public sealed record TrainingResult
{
    /// <summary>Why it ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Steps done, those of earlier calls included.</summary>
    public required long Step { get; init; }

    /// <summary>Steps in all.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>The step that this call began at: above 0 when it resumed.</summary>
    public required long FirstStep { get; init; }

    /// <summary>The best value of the task's figure and its step; null before the first validation.</summary>
    public required (double Value, long Step)? Best { get; init; }

    /// <summary>Steps left out because the gradient was not finite.</summary>
    public required long SkippedSteps { get; init; }
}
