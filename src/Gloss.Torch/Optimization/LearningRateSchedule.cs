namespace Gloss.Torch;

/// <summary>Linear warm-up, then decay.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>Highest learning rate.</summary><value>1e-4</value>
    public double Peak { get; init; } = 1e-4;

    /// <summary>Learning rate at the last step.</summary><value>0</value>
    public double End { get; init; }

    /// <summary>Steps over which the rate rises from zero.</summary><value>0</value>
    public long WarmUpSteps { get; init; }

    /// <summary>Steps in all.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Form of the decay.</summary><value>Cosine</value>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.Cosine;

    /// <summary>The learning rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < WarmUpSteps)
            return Peak * (step + 1) / WarmUpSteps;
        var progress = Math.Clamp((double)(step - WarmUpSteps) / Math.Max(1, TotalSteps - WarmUpSteps), 0, 1);
        return Decay switch
        {
            LearningRateDecay.Cosine => End + (Peak - End) * 0.5 * (1 + Math.Cos(Math.PI * progress)),
            LearningRateDecay.Linear => Peak + (End - Peak) * progress,
            _ => Peak,
        };
    }
}
