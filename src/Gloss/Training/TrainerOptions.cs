using Gloss.Torch;

namespace Gloss.Training;

/// <summary>Settings of the <see cref="Trainer"/>; the section <c>trainer</c> of a training config.</summary>
public sealed record TrainerOptions
{
    /// <summary>Decides the order of examples, augmentation and dropout.</summary><value>1</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Passes over the examples, 1 or more; null where <see cref="Steps"/> is given.
    /// </summary>
    /// <value>null</value>
    public int? Epochs { get; init; }

    /// <summary>Optimiser steps, 1 or more; null where <see cref="Epochs"/> is given.</summary><value>null</value>
    public long? Steps { get; init; }

    /// <summary>
    /// Examples of a batch, 1 to 65,536. An epoch's last, incomplete batch is left out.
    /// </summary>
    /// <value>32</value>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches whose gradients make one step, 1 to 4,096.</summary><value>1</value>
    public int Accumulation { get; init; } = 1;

    /// <summary>Largest 2-norm of all gradients together, above 0; null: not limited.</summary><value>1</value>
    public double? ClipNorm { get; init; } = 1;

    /// <summary>Highest learning rate, above 0.</summary><value>1e-4</value>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Learning rate at the last step, 0 to <see cref="LearningRate"/>.</summary><value>0</value>
    public double EndLearningRate { get; init; }

    /// <summary>Steps over which the learning rate rises from zero, 0 or more.</summary><value>0</value>
    public long WarmUpSteps { get; init; }

    /// <summary>How the learning rate falls: cosine, linear or constant.</summary><value>cosine</value>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.Cosine;

    /// <summary>AdamW's decay of the mean of gradients, 0 to below 1.</summary><value>0.9</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the mean of squared gradients, 0 to below 1.</summary><value>0.999</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>AdamW's addition to the denominator, above 0.</summary><value>1e-8</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay of matrices, 0 to 1.</summary><value>0.05</value>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>
    /// Decay of a moving average of all weights, which then is what is evaluated and shipped; 0 to below 1, null: none.
    /// At step n it is at most (1 + n) / (10 + n), so that the first weights are soon forgotten.
    /// </summary><value>null</value>
    public double? EmaDecay { get; init; }

    /// <summary>
    /// Share of the weights that the run began with in what is evaluated and shipped, 0 to below 1: a model that learns
    /// from other data then forgets less (WiSE-FT, Wortsman et al., CVPR 2022). Learning itself goes on without it, and
    /// parts that the start did not have are as they have learned.
    /// </summary><value>0</value>
    public double StartShare { get; init; }

    /// <summary>
    /// Epochs between validations, 1 or more; null where <see cref="EvaluateEverySteps"/> is given.
    /// </summary>
    /// <value>1 where neither is given</value>
    public int? EvaluateEveryEpochs { get; init; }

    /// <summary>Steps between validations, 1 or more.</summary><value>null</value>
    public long? EvaluateEverySteps { get; init; }

    /// <summary>Minutes between checkpoints, above 0.</summary><value>5</value>
    public double CheckpointEveryMinutes { get; init; } = 5;

    /// <summary>
    /// Steps between checkpoints, 1 or more, besides those by time; null: by time only.
    /// </summary>
    /// <value>null</value>
    public long? CheckpointEverySteps { get; init; }

    /// <summary>
    /// Steps between lines of <c>metrics.jsonl</c>, 1 or more; losses in a line are means over them.
    /// </summary>
    /// <value>10</value>
    public long LogEverySteps { get; init; } = 10;

    /// <summary>Threads that prepare batches ahead, 0 (in the training thread) to 256.</summary><value>2</value>
    public int Workers { get; init; } = 2;

    /// <summary>
    /// Threads inside one operator, 1 to 1,024; null: as many as processors. Other numbers round differently.
    /// </summary>
    /// <value>null</value>
    public int? Threads { get; init; }

    /// <summary>
    /// Where the model learns: auto (the first GPU where there is one), cpu, cuda or cuda:N. The tasks <c>ram</c> and
    /// <c>ramPlus</c> learn on the processor.
    /// </summary><value>cpu</value>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Minutes after which this process writes a checkpoint and stops, above 0; null: none.
    /// </summary>
    /// <value>null</value>
    public double? MaxMinutes { get; init; }

    /// <summary>
    /// Names, as in a config, of the settings that change nothing about the trained weights: they may differ when a run
    /// is resumed.
    /// </summary>
    internal static IReadOnlySet<string> WithoutInfluence { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "checkpointEveryMinutes", "checkpointEverySteps", "logEverySteps", "workers", "threads", "maxMinutes",
    };

    /// <summary>What is wrong with the values, one text a fault: key, value, allowed range.</summary>
    /// <param name="prefix">Stands before each key, for example <c>trainer.</c></param>
    public IReadOnlyList<string> Faults(string prefix = "")
    {
        var faults = new List<string>();
        void Check(bool isRight, string key, object? value, string allowed)
        {
            if (!isRight)
                faults.Add($"{prefix}{key}: {value ?? "null"} · expected {allowed}");
        }
        Check(Epochs is null != Steps is null, "epochs", Epochs, "either epochs or steps, not both, not neither");
        Check(Epochs is null or >= 1, "epochs", Epochs, "1 or more");
        Check(Steps is null or >= 1, "steps", Steps, "1 or more");
        Check(BatchSize is >= 1 and <= 65_536, "batchSize", BatchSize, "1 to 65536");
        Check(Accumulation is >= 1 and <= 4_096, "accumulation", Accumulation, "1 to 4096");
        Check(ClipNorm is null or > 0, "clipNorm", ClipNorm, "above 0, or null");
        Check(LearningRate > 0 && double.IsFinite(LearningRate), "learningRate", LearningRate, "above 0");
        Check(EndLearningRate >= 0 && EndLearningRate <= LearningRate, "endLearningRate", EndLearningRate,
            $"0 to learningRate ({LearningRate})");
        Check(WarmUpSteps >= 0, "warmUpSteps", WarmUpSteps, "0 or more");
        Check(Enum.IsDefined(Decay), "decay", Decay, "cosine, linear or constant");
        Check(Beta1 is >= 0 and < 1, "beta1", Beta1, "0 to below 1");
        Check(Beta2 is >= 0 and < 1, "beta2", Beta2, "0 to below 1");
        Check(Epsilon > 0, "epsilon", Epsilon, "above 0");
        Check(WeightDecay is >= 0 and <= 1, "weightDecay", WeightDecay, "0 to 1");
        Check(EmaDecay is null or (>= 0 and < 1), "emaDecay", EmaDecay, "0 to below 1, or null");
        Check(StartShare is >= 0 and < 1, "startShare", StartShare, "0 to below 1");
        Check(EvaluateEveryEpochs is null || EvaluateEverySteps is null, "evaluateEveryEpochs", EvaluateEveryEpochs,
            "either evaluateEveryEpochs or evaluateEverySteps, not both");
        Check(EvaluateEveryEpochs is null or >= 1, "evaluateEveryEpochs", EvaluateEveryEpochs, "1 or more, or null");
        Check(EvaluateEverySteps is null or >= 1, "evaluateEverySteps", EvaluateEverySteps, "1 or more, or null");
        Check(CheckpointEveryMinutes > 0, "checkpointEveryMinutes", CheckpointEveryMinutes, "above 0");
        Check(CheckpointEverySteps is null or >= 1, "checkpointEverySteps", CheckpointEverySteps, "1 or more, or null");
        Check(LogEverySteps >= 1, "logEverySteps", LogEverySteps, "1 or more");
        Check(Workers is >= 0 and <= 256, "workers", Workers, "0 to 256");
        Check(Threads is null or (>= 1 and <= 1_024), "threads", Threads, "1 to 1024, or null");
        Check(MaxMinutes is null or > 0, "maxMinutes", MaxMinutes, "above 0, or null");
        return faults;
    }
}
