using System.Diagnostics;
using Gloss.Training;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestPipelineStartup(typeof(Gloss.Tests.Training.TrainingProcess))]

namespace Gloss.Tests.Training;

/// <summary>
/// Trains <see cref="LineTask"/> in a process of its own, this test program, so that a test can kill it.
/// </summary>
internal sealed class TrainingProcess : ITestPipelineStartup
{
    private const string Variable = "GLOSS_TEST_TRAINING_FOLDER";

    public static TrainerOptions Options { get; } = new()
    {
        Epochs = 6, BatchSize = 8, Accumulation = 2, LearningRate = 0.01, WarmUpSteps = 3, EmaDecay = 0.9,
        EvaluateEverySteps = 5, CheckpointEverySteps = 3, LogEverySteps = 2, Threads = 1,
    };

    public static Process Start(string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true,
            RedirectStandardOutput = true };
        start.Environment[Variable] = folder;
        return Process.Start(start)!;
    }

    // Runs before any test.
    public ValueTask StartAsync(IMessageSink diagnosticMessageSink)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } folder)
            return ValueTask.CompletedTask;
        using var task = new LineTask(delay: TimeSpan.FromMilliseconds(40));
        new Trainer(task, Options, folder).Run();
        Environment.Exit(0);
        return ValueTask.CompletedTask;
    }

    public ValueTask StopAsync() => ValueTask.CompletedTask;
}
