using System.Text.Json.Nodes;
using Gloss.Torch;
using Gloss.Training;

namespace Gloss.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainerOptions options = TrainingProcess.Options;

    [Fact]
    public void Run_ToTheEnd_LearnsAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using var live = new LiveValues();
        using (var task = new LineTask())
        {
            var result = new Trainer(task, options with { Epochs = 40 }, folder.Path)
                .Run(TestContext.Current.CancellationToken);

            Assert.Equal(TrainingEnd.Finished, result.End);
            Assert.Equal(40 * 8 / 2, result.Step);
            Assert.Equal(0, result.SkippedSteps);
            Assert.True(result.Best!.Value.Value > -0.5, $"{result.Best}");
        }
        var losses = Lines(folder.Path, "train").Select(line => (double)line["loss"]!).ToList();
        Assert.True(losses[^1] < losses[0] / 4);
        Assert.True(File.Exists(Path.Combine(folder.Path, "best", "model.safetensors")));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(folder.Path, "checkpoint")).Length);
    }

    [Fact]
    public async Task Run_KilledInTheMiddle_EndsWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var (whole, killed) = (Path.Combine(folder.Path, "whole"), Path.Combine(folder.Path, "killed"));
        var (expected, first) = Train(whole);
        Assert.Equal(0, first.FirstStep);

        var metrics = Path.Combine(killed, "metrics.jsonl");
        foreach (var step in new[] { 7, 15 })
        {
            using var process = TrainingProcess.Start(killed);
            while (!process.HasExited
                && (LastStep(killed) < step || !File.Exists(Path.Combine(killed, "checkpoint", "latest"))))
                await Task.Delay(2, TestContext.Current.CancellationToken);
            Assert.False(process.HasExited, "the process ended before it was killed");
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(128 + 9, process.ExitCode);
        }
        // A killed process may leave half a line.
        await File.AppendAllTextAsync(metrics, "{\"kind\":\"train\",\"st", TestContext.Current.CancellationToken);
        var (actual, second) = Train(killed);

        Assert.InRange(second.FirstStep, 6, 23);
        Assert.Equal(expected, actual);
        Assert.Equal(first.Best, second.Best);
        foreach (var file in new[] { "weights", "average", "optimizer" })
            Assert.Equal(File.ReadAllBytes(Newest(whole, file)), File.ReadAllBytes(Newest(killed, file)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "best", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(killed, "best", "model.safetensors")));
        Assert.Equal(Figures(whole), Figures(killed));
    }

    [Fact]
    public void Run_Cancelled_WritesACheckpointAndGoesOn()
    {
        using var folder = new TemporaryFolder();
        var (expected, _) = Train(Path.Combine(folder.Path, "whole"));
        var path = Path.Combine(folder.Path, "stopped");
        using var stop = new CancellationTokenSource();
        using (var task = new LineTask())
        {
            var progress = new Progress(p => { if (p.Step == 4) stop.Cancel(); });
            var result = new Trainer(task, options, path, progress).Run(stop.Token);
            Assert.Equal((TrainingEnd.Cancelled, 4), (result.End, result.Step));
        }

        var (actual, second) = Train(path);

        Assert.Equal(4, second.FirstStep);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Run_CancelledInValidation_ValidatesAgain()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using (var task = new LineTask { OnEvaluate = stop.Cancel })
            Assert.Equal((TrainingEnd.Cancelled, 5), (Run(task, stop.Token).End, 5));

        using (var task = new LineTask())
            Run(task, TestContext.Current.CancellationToken);

        Assert.Equal([5, 10, 15, 20, 24], Lines(folder.Path, "validation").Select(line => (int)line["step"]!));

        TrainingResult Run(LineTask task, CancellationToken cancellationToken) =>
            new Trainer(task, options, folder.Path).Run(cancellationToken);
    }

    [Fact]
    public void Run_MaxMinutes_StopsCleanly()
    {
        using var folder = new TemporaryFolder();
        using var task = new LineTask(delay: TimeSpan.FromMilliseconds(20));
        var result = new Trainer(task, options with { MaxMinutes = 0.1 / 60 }, folder.Path)
            .Run(TestContext.Current.CancellationToken);

        Assert.Equal(TrainingEnd.TimeIsUp, result.End);
        Assert.InRange(result.Step, 1, 23);
        Assert.True(File.Exists(Path.Combine(folder.Path, "checkpoint", "latest")));
    }

    [Fact]
    public void Run_Finished_RunsNothingAgain()
    {
        using var folder = new TemporaryFolder();
        var (expected, _) = Train(folder.Path);
        var lines = File.ReadAllText(Path.Combine(folder.Path, "metrics.jsonl"));

        var (actual, again) = Train(folder.Path);

        Assert.Equal((TrainingEnd.Finished, again.TotalSteps), (again.End, again.FirstStep));
        Assert.Equal(expected, actual);
        Assert.Equal(lines, File.ReadAllText(Path.Combine(folder.Path, "metrics.jsonl")));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void Run_AnyNumberOfWorkers_TheSameBits(int workers, long checkpointEvery)
    {
        using var folder = new TemporaryFolder();
        var (expected, _) = Train(Path.Combine(folder.Path, "expected"));
        using var task = new LineTask();

        new Trainer(task, options with { Workers = workers, CheckpointEverySteps = checkpointEvery },
            Path.Combine(folder.Path, "actual")).Run(TestContext.Current.CancellationToken);

        Assert.Equal(expected, task.Weights());
    }

    [Fact]
    public void Run_Epochs_EachExampleOnceInAnotherOrder()
    {
        using var folder = new TemporaryFolder();
        using var task = new LineTask();
        new Trainer(task, options with { Epochs = 2 }, folder.Path).Run(TestContext.Current.CancellationToken);

        var ids = task.Seen.SelectMany(batch => batch).ToList();
        Assert.Equal(Enumerable.Range(0, 64), ids.Take(64).Order());
        Assert.Equal(Enumerable.Range(0, 64), ids.Skip(64).Order());
        Assert.NotEqual(ids.Take(64), ids.Skip(64));
    }

    [Fact]
    public void Run_GradientNotFinite_SkipsTheStepAndCountsIt()
    {
        using var folder = new TemporaryFolder();
        // A finite loss whose gradient overflows: squares of gradients around 1e200 · 1e200.
        using var task = new LineTask { Scale = batch => batch == 3 ? 1e37 : 1 };
        var result = new Trainer(task, options with { Accumulation = 1, Steps = 6, Epochs = null, ClipNorm = null },
            folder.Path)
            .Run(TestContext.Current.CancellationToken);

        Assert.Equal(1, result.SkippedSteps);
        Assert.All(task.Weights(), weight => Assert.True(Math.Abs(weight) < 5));
        Assert.Equal(1, (int)Lines(folder.Path, "train").Last()["skippedSteps"]!);
    }

    [Fact]
    public void Run_LossIsNoNumber_SaysWhere()
    {
        using var folder = new TemporaryFolder();
        using var task = new LineTask { Scale = batch => batch == 4 ? double.NaN : 1 };
        var error = Assert.Throws<TrainingException>(() =>
            new Trainer(task, options with { Accumulation = 1 }, folder.Path)
                .Run(TestContext.Current.CancellationToken));

        Assert.Contains("the loss is NaN at step 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Average_IsEvaluatedAndShipped()
    {
        using var folder = new TemporaryFolder();
        using var task = new LineTask();
        new Trainer(task, options with { EmaDecay = 0.99, EvaluateEverySteps = 100, LearningRate = 0.1 }, folder.Path)
            .Run(TestContext.Current.CancellationToken);

        using var file = SafetensorsFile.Open(Path.Combine(folder.Path, "best", "model.safetensors"));
        using var shipped = file.Read("first.weight");
        Assert.Equal(task.Validated.Single(), shipped.ToArray<float>());
        Assert.NotEqual(task.Weights().Take(task.Validated[0].Length), task.Validated[0]);
    }

    [Fact]
    public void Run_StartShare_MixtureIsEvaluatedAndShippedAndLearningGoesOnWithoutIt()
    {
        using var folder = new TemporaryFolder();
        var once = options with { EvaluateEverySteps = 100, LearningRate = 0.1 };
        using var task = new LineTask();
        var start = task.Weights();
        new Trainer(task, once with { StartShare = 0.25 }, Path.Combine(folder.Path, "mixed"))
            .Run(TestContext.Current.CancellationToken);
        using var plain = new LineTask();
        new Trainer(plain, once, Path.Combine(folder.Path, "plain")).Run(TestContext.Current.CancellationToken);

        Assert.Equal(plain.Weights(), task.Weights());
        var mixture = task.Validated.Single();
        Assert.NotEqual(plain.Validated[0], mixture);
        for (var i = 0; i < mixture.Length; i++)
            Assert.Equal((0.25 * start[i]) + (0.75 * plain.Validated[0][i]), mixture[i], 1e-6);
        using var file = SafetensorsFile.Open(Path.Combine(folder.Path, "mixed", "best", "model.safetensors"));
        using var shipped = file.Read("first.weight");
        Assert.Equal(mixture, shipped.ToArray<float>());

        // What is new is as it has learned.
        using var fresh = new LineTask { IsNew = true };
        new Trainer(fresh, once with { StartShare = 0.25 }, Path.Combine(folder.Path, "new"))
            .Run(TestContext.Current.CancellationToken);
        Assert.Equal(plain.Validated[0], fresh.Validated.Single());
    }

    [Fact]
    public void New_WrongOptions_NamesAllFaults()
    {
        using var task = new LineTask();
        var error = Assert.Throws<ArgumentException>(() =>
            new Trainer(task, new TrainerOptions { Epochs = 1, BatchSize = 0, LearningRate = -1, Beta2 = 1 },
                "unused"));

        Assert.Contains("batchSize: 0 · expected 1 to 65536", error.Message, StringComparison.Ordinal);
        Assert.Contains("learningRate: -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("beta2: 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Run_AnOption_ChangesTheWeights(string name)
    {
        using var folder = new TemporaryFolder();
        var (quick, changed) = (options with { Epochs = 2, CheckpointEverySteps = null }, Changed(name));
        var (expected, _) = Train(Path.Combine(folder.Path, "expected"), quick);
        using var task = new LineTask();
        new Trainer(task, changed with { CheckpointEverySteps = null, Epochs = changed.Steps is null ? 2 : null },
            Path.Combine(folder.Path, "actual")).Run(TestContext.Current.CancellationToken);

        Assert.NotEqual(expected, task.Weights());
    }

    public static TheoryData<string> Changes =>
        ["seed", "steps", "batchSize", "accumulation", "clipNorm", "learningRate",
        "endLearningRate", "warmUpSteps", "decay", "beta1", "beta2", "epsilon", "weightDecay"];

    private static TrainerOptions Changed(string name) => name switch
    {
        "seed" => options with { Seed = 2 },
        "steps" => options with { Epochs = null, Steps = 3 },
        "batchSize" => options with { BatchSize = 16 },
        "accumulation" => options with { Accumulation = 1 },
        "clipNorm" => options with { ClipNorm = 0.01 },
        "learningRate" => options with { LearningRate = 0.02 },
        "endLearningRate" => options with { EndLearningRate = 0.005 },
        "warmUpSteps" => options with { WarmUpSteps = 0 },
        "decay" => options with { Decay = LearningRateDecay.Constant },
        "beta1" => options with { Beta1 = 0.5 },
        "beta2" => options with { Beta2 = 0.9 },
        "epsilon" => options with { Epsilon = 0.1 },
        _ => options with { WeightDecay = 0.5 },
    };

    private static (float[] Weights, TrainingResult Result) Train(string folder, TrainerOptions? other = null)
    {
        using var task = new LineTask();
        var result = new Trainer(task, other ?? options, folder).Run(TestContext.Current.CancellationToken);
        return (task.Weights(), result);
    }

    private static string Newest(string run, string file)
    {
        var checkpoints = Path.Combine(run, "checkpoint");
        return Path.Combine(checkpoints, File.ReadAllText(Path.Combine(checkpoints, "latest")), $"{file}.safetensors");
    }

    private static long LastStep(string run) =>
        MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).LastOrDefault() is { } line ? (long)line["step"]! : -1;

    private static List<JsonObject> Lines(string run, string kind) =>
        MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Where(line => MetricsLog.Kind(line) == kind).ToList();

    // What does not depend on the clock.
    private static List<string> Figures(string run) => MetricsLog.Read(Path.Combine(run, "metrics.jsonl"))
        .Select(line =>
    {
        foreach (var key in new[] { "time", "seconds", "examplesPerSecond" })
            line.Remove(key);
        return line.ToJsonString();
    }).ToList();

    private sealed class Progress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
