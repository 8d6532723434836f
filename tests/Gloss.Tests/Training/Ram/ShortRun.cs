using Gloss.Training;

namespace Gloss.Tests.Training.Ram;

/// <summary>Trains a task for a few steps as the trainer does.</summary>
internal static class ShortRun
{
    /// <summary>
    /// Mean losses of the first and of the last fifth of the steps, and the figures of the validation.
    /// </summary>
    public static (Dictionary<string, double> First, Dictionary<string, double> Last,
        Dictionary<string, double> Figures) Train(
        TrainingTask task, string run, int steps, double learningRate, int batchSize = 8)
    {
        var result = new Trainer(task, new TrainerOptions
        {
            Steps = steps, BatchSize = batchSize, LearningRate = learningRate,
            Decay = Gloss.Torch.LearningRateDecay.Constant, WeightDecay = 0, LogEverySteps = 4,
            EvaluateEverySteps = steps, Workers = 0, Threads = 1,
        }, run).Run(TestContext.Current.CancellationToken);
        Assert.Equal(TrainingEnd.Finished, result.End);
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Select(Numbers).ToArray();
        var losses = lines.Where(l => l.ContainsKey("loss")).ToArray();
        var fifth = Math.Max(1, losses.Length / 5);
        return (Mean(losses[..fifth]), Mean(losses[^fifth..]), lines.Single(l => l.ContainsKey("mAP")));
    }

    private static Dictionary<string, double> Mean(Dictionary<string, double>[] lines) =>
        lines[0].Keys.ToDictionary(key => key, key => lines.Average(line => line[key]));

    private static Dictionary<string, double> Numbers(string line)
    {
        using var json = System.Text.Json.JsonDocument.Parse(line);
        return json.RootElement.EnumerateObject().Where(p => p.Value.ValueKind == System.Text.Json.JsonValueKind.Number)
            .ToDictionary(p => p.Name, p => p.Value.GetDouble());
    }
}
