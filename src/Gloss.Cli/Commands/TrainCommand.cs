using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Training;

namespace Gloss.Cli.Commands;

/// <summary>
/// <c>gloss train</c>: a config in, a run folder with a trained model out; goes on where it was stopped.
/// </summary>
internal static class TrainCommand
{
    /// <summary>The verb.</summary>
    public static Command Create() => Create(TrainingTasks.Create);

    /// <summary>As above, with other tasks: for tests.</summary>
    internal static Command Create(Func<TrainingConfig, Action<string>?, TrainingTask> createTask)
    {
        var config = new Argument<string?>("config")
        {
            Description = "A training config, JSON with comments; configs/ has some.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var run = new Option<string?>("--run")
        {
            Description = "The run's name, a folder under runs/, or a path. Default: the config's name. "
                + "A run that was stopped goes on.",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Puts a value over the config's: trainer.epochs=3. May be repeated.",
            DefaultValueFactory = _ => [],
        };
        var report = new Option<string?>("--report")
        {
            Description = "Only draws report.html of this run anew.",
            HelpName = "run",
        };
        var command = new Command("train", "Trains a model as a config says, into runs/NAME.") { config, run,
            set, report };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(config) is null) == (result.GetValue(report) is null))
                result.AddError("train takes either a config or --report RUN");
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (parsed.GetValue(report) is { } drawn)
            {
                output.WriteLine(TrainingReport.Write(RunFolder(drawn)));
                return ExitCode.Done;
            }
            var path = parsed.GetValue(config)!;
            var folder = RunFolder(parsed.GetValue(run) ?? Path.GetFileNameWithoutExtension(path));
            return Train(TrainingConfig.Load(path, parsed.GetRequiredValue(set)), folder, createTask, output, error,
                cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static int Train(TrainingConfig config, string folder,
        Func<TrainingConfig, Action<string>?, TrainingTask> createTask, TextWriter output, TextWriter error,
        CancellationToken cancellationToken)
    {
        using var line = ProgressLine.On(error);
        using var alone = new RunLock(folder);
        using var task = createTask(config, text =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            line.Show(() => text);
        });
        config.Claim(folder);
        line.Say(
            $"{folder} · {config.Task} · {task.Model.ParameterCount():N0} trainable values · {task.ExampleCount:N0} "
            + $"examples");
        var result = new Trainer(task, config.Trainer, folder, new Progress(line, folder)).Run(cancellationToken);
        TrainingReport.Write(folder);
        if (result.SkippedSteps > 0)
            line.Say($"{result.SkippedSteps} steps were left out: their gradient was not finite");
        switch (result.End)
        {
            case TrainingEnd.Cancelled:
                line.Say($"stopped at step {result.Step} of {result.TotalSteps} · the same command goes on");
                throw new OperationCanceledException(cancellationToken);
            case TrainingEnd.TimeIsUp:
                line.Say($"time is up at step {result.Step} of {result.TotalSteps} · the same command goes on");
                break;
            default:
                line.Say($"done: {result.TotalSteps} steps"
                    + (result.Best is { } chosen
                        ? $" · best {task.BestMetric} {chosen.Value:0.0000} at step {chosen.Step}" : ""));
                break;
        }
        var best = Path.Combine(folder, "best");
        if (Directory.Exists(best))
            output.WriteLine(best);
        else
            line.Say("no model was saved yet: nothing was measured so far");
        return ExitCode.Done;
    }

    private static string RunFolder(string name) => name.Contains(Path.DirectorySeparatorChar)
        ? name : Path.Combine("runs", name);

    private sealed class Progress(ProgressLine line, string folder) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Validation is { } figures)
            {
                line.Say($"step {value.Step} · epoch {value.Epoch:0.00} · "
                    + string.Join(" · ", figures.Select(f => $"{f.Key} {f.Value:0.0000}")));
                TrainingReport.Write(folder);
                return;
            }
            line.Show(() => $"step {value.Step}/{value.TotalSteps} · epoch {value.Epoch:0.00}"
                + (double.IsNaN(value.Loss) ? "" : $" · loss {value.Loss:0.0000}")
                + (value.ExamplesPerSecond > 0 ? $" · {value.ExamplesPerSecond:0.0} examples/s" : "")
                + (value.TimeLeft is { } left ? $" · {Describe(left)} left" : "")
                + (value.Activity == "training" ? "" : $" · {value.Activity}"));
        }

        private static string Describe(TimeSpan time) => time.TotalHours >= 1
            ? $"{(int)time.TotalHours} h {time.Minutes:00} min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s" : $"{time.Seconds} s";
    }
}
