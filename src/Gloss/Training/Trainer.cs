using System.Diagnostics;
using System.Text.Json.Nodes;
using Gloss.Data;
using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// Trains the model of a <see cref="TrainingTask"/> into a run folder and goes on from the folder's last checkpoint.
/// All that is random is a function of (seed, epoch, batch), so a run that was killed at any moment and called again
/// ends with the weights, bit for bit, that it would have had without (same machine, libtorch and number of threads).
/// </summary>
public sealed class Trainer
{
    private const int MaxSkippedInARow = 25;
    private readonly TrainingTask task;
    private readonly TrainerOptions options;
    private readonly string runFolder;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly TimeProvider time;
    private readonly LearningRateSchedule schedule;
    private readonly CheckpointFolder checkpoints;
    private readonly int batchSize;
    private readonly long batchesPerEpoch;
    private readonly long evaluateEvery;
    private (int Epoch, int[] Order) order = (-1, []);

    private CheckpointState state = new() { Step = 0 };
    private readonly Dictionary<string, double> sums = new(StringComparer.Ordinal);
    private int stepsInSums;
    private double secondsInSums;
    private double normSum;
    private int normCount;
    private double movingLoss = double.NaN;
    private double movingSecondsPerStep;
    private int skippedInARow;

    /// <summary>A trainer; nothing is read or written before <see cref="Run"/>.</summary>
    /// <param name="task">What is trained; stays the caller's.</param>
    /// <param name="options">How.</param>
    /// <param name="runFolder">Takes <c>metrics.jsonl</c>, <c>checkpoint/</c> and <c>best/</c>.</param>
    /// <param name="progress">Told after each step, in the training thread.</param>
    /// <param name="time">Clock; null: the system's.</param>
    /// <exception cref="ArgumentException">Options are out of their range; all are named.</exception>
    public Trainer(TrainingTask task, TrainerOptions options, string runFolder,
        IProgress<TrainingProgress>? progress = null, TimeProvider? time = null)
    {
        if (options.Faults() is { Count: > 0 } faults)
            throw new ArgumentException($"the trainer's options are wrong\n  {string.Join("\n  ", faults)}",
                nameof(options));
        if (task.ExampleCount < 1)
            throw new ArgumentException("the task has no examples", nameof(task));
        this.task = task;
        this.options = options;
        this.runFolder = runFolder;
        this.progress = progress;
        this.time = time ?? TimeProvider.System;
        checkpoints = new CheckpointFolder(Path.Combine(runFolder, "checkpoint"));
        batchSize = Math.Min(options.BatchSize, task.ExampleCount);
        batchesPerEpoch = task.ExampleCount / batchSize;
        TotalSteps = options.Steps ?? StepsOf(options.Epochs!.Value);
        evaluateEvery = options.EvaluateEverySteps ?? 0;
        schedule = new LearningRateSchedule
        {
            Peak = options.LearningRate,
            End = options.EndLearningRate,
            WarmUpSteps = options.WarmUpSteps,
            TotalSteps = TotalSteps,
            Decay = options.Decay,
        };
    }

    /// <summary>Steps in all.</summary>
    public long TotalSteps { get; }

    /// <summary>Trains from the last checkpoint, or the beginning, to the end or until it is told to stop.</summary>
    /// <param name="cancellationToken">Asks to stop: the trainer writes a checkpoint and returns.</param>
    /// <exception cref="TrainingException">The loss is no number, or 25 steps in a row had no finite
    /// gradient.</exception>
    public TrainingResult Run(CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(runFolder);
        var began = Stopwatch.StartNew();
        var sinceSave = Stopwatch.StartNew();
        Engine.Threads = options.Threads ?? Environment.ProcessorCount;

        using var optimizer = new AdamW(task.ParameterGroups(options.WeightDecay),
            new AdamWOptions { Beta1 = options.Beta1, Beta2 = options.Beta2, Epsilon = options.Epsilon });
        using var average = options.EmaDecay is { } decay ? new WeightAverage(task.Model, decay) : null;
        using var start = options.StartShare > 0 ? new StartMix(task, options.StartShare) : null;
        state = Resume(optimizer, average) ?? new CheckpointState { Step = 0 };
        var (firstStep, savedStep, secondsBefore) = (state.Step, state.Step, state.Seconds);
        if (firstStep > TotalSteps)
            throw new TrainingException(
                $"{runFolder} · its checkpoint is at step {firstStep}, past the {TotalSteps} asked for · hint: another "
                + $"run");
        using var metrics = MetricsLog.Open(Path.Combine(runFolder, "metrics.jsonl"), state.Step, state.ValidatedStep);
        using var batches = new Prefetcher<object>(state.Step * options.Accumulation, TotalSteps * options.Accumulation,
            options.Workers, null, PrepareBatch);

        void Save()
        {
            Report("saving");
            using var scope = TensorScope.Begin();
            WriteTrainingLine(metrics);
            state = state with { Seconds = secondsBefore + began.Elapsed.TotalSeconds };
            var parts = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>
            {
                ["weights"] = task.Model.State(),
                ["optimizer"] = optimizer.SaveState(),
            };
            if (average is not null)
                parts["average"] = average.State();
            if (task.Companion is { } companion)
                parts["companion"] = companion.State();
            checkpoints.Save(state, parts);
            savedStep = state.Step;
            sinceSave.Restart();
        }

        task.Model.Train();
        while (true)
        {
            var isTimeUp = options.MaxMinutes is { } minutes && began.Elapsed.TotalMinutes >= minutes;
            TrainingEnd? end = cancellationToken.IsCancellationRequested ? TrainingEnd.Cancelled : null;
            if (end is null && IsValidationDue(state.Step))
            {
                WriteTrainingLine(metrics);
                if (!Validate(metrics, average, start, cancellationToken))
                    end = TrainingEnd.Cancelled;
                savedStep = -1;
            }
            end ??= state.Step == TotalSteps ? TrainingEnd.Finished : isTimeUp ? TrainingEnd.TimeIsUp : null;
            var isSaveDue = sinceSave.Elapsed.TotalMinutes >= options.CheckpointEveryMinutes
                || (options.CheckpointEverySteps is { } every && state.Step % every == 0 && state.Step > 0);
            if ((end is not null || isSaveDue) && savedStep != state.Step)
                Save();
            if (end is { } why)
            {
                return new TrainingResult
                {
                    End = why, Step = state.Step, TotalSteps = TotalSteps, FirstStep = firstStep,
                    SkippedSteps = state.SkippedSteps,
                    Best = state.BestValue is { } value ? (value, state.BestStep!.Value) : null,
                };
            }

            try
            {
                Step(batches, optimizer, average, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The step was not taken: its gradients are dropped and its batch is made again after resuming.
                optimizer.ZeroGradients();
                continue;
            }
            if (state.Step % options.LogEverySteps == 0)
                WriteTrainingLine(metrics);
        }
    }

    private void Step(Prefetcher<object> batches, AdamW optimizer, WeightAverage? average,
        CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var loss = 0.0;
        var parts = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < options.Accumulation; i++)
        {
            var batch = batches.Next(cancellationToken);
            try
            {
                using var scope = TensorScope.Begin();
                // Dropout is a function of the place too; libtorch's generators on all devices begin anew for each
                // batch.
                Engine.Seed(Seeds.Derive(options.Seed, 2, (ulong)(state.Step * options.Accumulation + i)));
                var losses = task.Losses(batch);
                if (!losses.TryGetValue("loss", out var total))
                    throw new InvalidOperationException(
                        $"{task.GetType().Name} gave no \"loss\" · it gave {string.Join(", ", losses.Keys)}");
                foreach (var (name, value) in losses)
                    parts[name] = parts.GetValueOrDefault(name) + (value.ToDouble() / options.Accumulation);
                if (!double.IsFinite(parts["loss"]))
                    throw NoNumber(losses);
                (options.Accumulation == 1 ? total : total / options.Accumulation).Backward();
                loss += total.ToDouble() / options.Accumulation;
            }
            finally
            {
                (batch as IDisposable)?.Dispose();
            }
        }

        var learningRate = schedule.At(state.Step);
        var norm = GradientClipping.ClipGradients(task.Model.NamedParameters().Select(p => p.Parameter),
            options.ClipNorm ?? double.PositiveInfinity);
        if (double.IsFinite(norm))
        {
            optimizer.Step(learningRate);
            average?.Update(state.Step);
            skippedInARow = 0;
            normSum += norm;
            normCount++;
        }
        else
        {
            state = state with { SkippedSteps = state.SkippedSteps + 1 };
            if (++skippedInARow == MaxSkippedInARow)
            {
                throw new TrainingException(
                    $"the gradient's norm was {norm} in {MaxSkippedInARow} steps in a row, up to step " +
                    $"{state.Step} · hint: a lower learningRate, a longer warmUpSteps, float32");
            }
        }
        optimizer.ZeroGradients();

        state = state with { Step = state.Step + 1 };
        foreach (var (name, value) in parts)
            sums[name] = sums.GetValueOrDefault(name) + value;
        stepsInSums++;
        var seconds = watch.Elapsed.TotalSeconds;
        secondsInSums += seconds;
        movingLoss = double.IsNaN(movingLoss) ? loss : movingLoss + (0.05 * (loss - movingLoss));
        movingSecondsPerStep = movingSecondsPerStep == 0 ? seconds : movingSecondsPerStep
            + (0.05 * (seconds - movingSecondsPerStep));
        Report("training");
    }

    private bool Validate(MetricsLog metrics, WeightAverage? average, StartMix? start,
        CancellationToken cancellationToken)
    {
        Report("validating");
        var watch = Stopwatch.StartNew();
        IReadOnlyDictionary<string, double> figures;
        average?.Swap();
        var mixed = start?.Apply();
        task.Model.Train(false);
        try
        {
            using var noGradient = GradientMode.None();
            using var scope = TensorScope.Begin();
            figures = task.Evaluate(cancellationToken);
            if (task.BestMetric is { } metric)
            {
                if (!figures.TryGetValue(metric, out var value))
                {
                    throw new InvalidOperationException(
                        $"{task.GetType().Name} is chosen by '{metric}', which its validation did not give · it gave "
                        + $"{string.Join(", ", figures.Keys)}");
                }
                if (state.BestValue is null || value > state.BestValue)
                {
                    state = state with { BestMetric = metric, BestValue = value, BestStep = state.Step };
                    SaveModel();
                }
            }
            else
            {
                SaveModel();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            task.Model.Train();
            mixed?.Dispose();
            average?.Swap();
        }

        state = state with { ValidatedStep = state.Step };
        var line = Line("validation");
        foreach (var (name, value) in figures)
            line[name] = Number(value);
        line["seconds"] = Math.Round(watch.Elapsed.TotalSeconds, 3);
        metrics.Write(line);
        Report("training", figures);
        return true;
    }

    private void SaveModel()
    {
        var folder = Path.Combine(runFolder, "best");
        Directory.CreateDirectory(folder);
        task.SaveModel(folder);
    }

    private CheckpointState? Resume(AdamW optimizer, WeightAverage? average)
    {
        if (checkpoints.Find() is not { } found)
            return null;
        Load("weights", weights => task.Model.Load(weights));
        Load("optimizer", optimizer.LoadState);
        if (average is not null)
            Load("average", average.Load);
        if (task.Companion is { } companion)
            Load("companion", weights => companion.Load(weights));
        return found.State;

        void Load(string part, Action<IReadOnlyDictionary<string, Tensor>> load)
        {
            using var scope = TensorScope.Begin();
            using var file = SafetensorsFile.Open(Path.Combine(found.Folder, $"{part}.safetensors"));
            load(file.ReadAll());
        }
    }

    private object PrepareBatch(long number)
    {
        var (epoch, batch) = ((int)(number / batchesPerEpoch), (int)(number % batchesPerEpoch));
        var current = order;
        if (current.Epoch != epoch)
        {
            // Two workers at the border of epochs may both make an order; it is the same one.
            current = (epoch, Seeds.Permutation(Seeds.Derive(options.Seed, 0, (ulong)epoch), task.ExampleCount));
            order = current;
        }
        return task.Prepare(current.Order.AsSpan(batch * batchSize, batchSize),
            Seeds.Derive(options.Seed, 1, (ulong)epoch, (ulong)batch));
    }

    private long StepsOf(int epochs) => ((epochs * batchesPerEpoch) + options.Accumulation - 1) / options.Accumulation;

    private bool IsValidationDue(long step)
    {
        if (step == 0 || step == state.ValidatedStep)
            return false;
        if (step == TotalSteps)
            return true;
        if (evaluateEvery > 0)
            return step % evaluateEvery == 0;
        // The first step that ends at or past the end of every n-th epoch.
        var every = options.EvaluateEveryEpochs ?? 1;
        var epochsDone = step * options.Accumulation / batchesPerEpoch;
        var epochsBefore = (step - 1) * options.Accumulation / batchesPerEpoch;
        return epochsDone / every > epochsBefore / every;
    }

    private void WriteTrainingLine(MetricsLog metrics)
    {
        if (stepsInSums == 0)
            return;
        var line = Line("train");
        foreach (var (name, sum) in sums)
            line[name] = Number(sum / stepsInSums);
        line["learningRate"] = schedule.At(state.Step - 1);
        line["gradientNorm"] = normCount == 0 ? null : Number(normSum / normCount);
        line["skippedSteps"] = state.SkippedSteps;
        line["examplesPerSecond"] = Math.Round((double)stepsInSums * batchSize * options.Accumulation
            / secondsInSums, 2);
        metrics.Write(line);
        sums.Clear();
        (stepsInSums, secondsInSums, normSum, normCount) = (0, 0, 0, 0);
    }

    private JsonObject Line(string kind) => new()
    {
        ["kind"] = kind,
        ["step"] = state.Step,
        ["epoch"] = Math.Round(EpochAt(state.Step), 4),
        ["time"] = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ"),
    };

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private double EpochAt(long step) => (double)step * options.Accumulation / batchesPerEpoch;

    private TrainingException NoNumber(IReadOnlyDictionary<string, Tensor> losses) => new(
        $"the loss is {losses["loss"].ToDouble()} at step {state.Step + 1} (epoch {EpochAt(state.Step):0.00}, learning rate " +
        $"{schedule.At(state.Step):g3}) · {string.Join(", ", losses.Select(l => $"{l.Key} {l.Value.ToDouble():g4}"))} · " +
        "hint: a lower learningRate, a longer warmUpSteps, a clipNorm; the last checkpoint is untouched");

    private void Report(string activity, IReadOnlyDictionary<string, double>? validation = null) =>
        progress?.Report(new TrainingProgress
        {
            Activity = activity,
            Step = state.Step,
            TotalSteps = TotalSteps,
            Epoch = EpochAt(state.Step),
            Loss = movingLoss,
            ExamplesPerSecond = movingSecondsPerStep == 0 ? 0 : batchSize * options.Accumulation / movingSecondsPerStep,
            TimeLeft = movingSecondsPerStep == 0
                ? null : TimeSpan.FromSeconds((TotalSteps - state.Step) * movingSecondsPerStep),
            Validation = validation,
        });
}
