using System.CommandLine;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Commands;
using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Training;

namespace Gloss.Cli.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Train_Config_WritesARunFolder()
    {
        var (code, output, error) = await RunAsync(null,
            ["train", Config(), "--run", Run, "--set", "trainer.epochs=3"]);

        Assert.Equal("",
            string.Join('\n', error.Split('\n').Where(line => line.StartsWith("gloss:", StringComparison.Ordinal))));
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(Path.Combine(Run, "best") + "\n", output);
        Assert.Contains("done: 12 steps · best fit", error, StringComparison.Ordinal);
        foreach (var file in new[] { "config.json", "metrics.jsonl", "report.html", "best/model.safetensors",
            "checkpoint/latest" })
            Assert.True(File.Exists(Path.Combine(Run, file)), file);
        Assert.Contains("\"epochs\": 3", File.ReadAllText(Path.Combine(Run, "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Interrupted_Returns130AndGoesOn()
    {
        using var stop = new CancellationTokenSource();
        var (code, output, error) = await RunAsync(stop, ["train", Config(), "--run", Run], stop.Token);
        Assert.Equal((ExitCode.Cancelled, ""), (code, output));
        Assert.Contains("stopped at step 3 of 8 · the same command goes on", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync(null, ["train", Config(), "--run", Run]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("done: 8 steps", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_MisspelledKeys_ListsThemAndTheValidOnes()
    {
        var (code, output, error) = await RunAsync(null,
            ["train", Config(), "--run", Run, "--set", "trainer.epoch=3", "--set", "toy.rat=1"]);

        Assert.Equal((ExitCode.Error, ""), (code, output));
        Assert.Contains("trainer.epoch: unknown key, did you mean epochs? · valid keys: seed, epochs, steps", error,
            StringComparison.Ordinal);
        Assert.Contains("toy.rat: unknown key, did you mean rate? · valid keys: rate", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public async Task Train_RunOfAnotherProcess_IsAnError()
    {
        using (new RunLock(Run))
        {
            var (code, _, error) = await RunAsync(null, ["train", Config(), "--run", Run]);
            Assert.Equal(ExitCode.Error, code);
            Assert.Contains("is in use", error, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public async Task Train_OtherConfigSameRun_IsAnError()
    {
        await RunAsync(null, ["train", Config(), "--run", Run]);
        var (code, _, error) = await RunAsync(null, ["train", Config(), "--run", Run, "--set", "trainer.seed=5"]);

        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("trainer.seed: not given there, 5 here", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_Run_DrawsItAnew()
    {
        await RunAsync(null, ["train", Config(), "--run", Run]);
        File.Delete(Path.Combine(Run, "report.html"));
        var (code, output, _) = await RunAsync(null, ["train", "--report", Run]);

        Assert.Equal((ExitCode.Done, Path.Combine(Run, "report.html") + "\n"), (code, output));
        Assert.True(File.Exists(Path.Combine(Run, "report.html")));
    }

    [Theory]
    [InlineData("train")]
    [InlineData("train", "a.json", "--report", "b")]
    public async Task Train_NeitherOrBoth_IsAnError(params string[] args)
    {
        var (code, _, error) = await RunAsync(null, args);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("train takes either a config or --report RUN", error, StringComparison.Ordinal);
    }

    private string Run => Path.Combine(folder, "run");

    private string Config()
    {
        var path = Path.Combine(folder, "toy.json");
        File.WriteAllText(path, """
            // gloss train toy.json
            { "task": "toy", "trainer": { "epochs": 2, "batchSize": 4, "threads": 1, "workers": 1 }, "toy": { "rate": 1 } }
            """);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        CancellationTokenSource? stopAtThree, string[] args, CancellationToken? cancellationToken = null)
    {
        var verb = TrainCommand.Create((config, _) =>
        {
            config.Read<ToyOptions>();
            return new ToyTask(stopAtThree);
        });
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await GlossCommandLine.RunAsync(
            [verb], args, output, error, cancellationToken ?? TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private sealed record ToyOptions
    {
        public double Rate { get; init; } = 1;
    }

    private sealed class ToyTask(CancellationTokenSource? stopAtThree) : TrainingTask
    {
        private readonly Linear layer = new(2, 1);
        private int batches;

        public override Module Model => layer;

        public override int ExampleCount => 16;

        public override string? BestMetric => "fit";

        public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed) =>
            exampleIds.ToArray().SelectMany(id => new[] { id / 16f, 1f }).ToArray();

        public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
        {
            if (++batches == 3)
                stopAtThree?.Cancel();
            var inputs = Tensor.FromData((float[])batch, 4, 2);
            return new Dictionary<string, Tensor> { ["loss"] = (layer.Forward(inputs) - inputs.Sum([1], keep: true))
                .Pow(2.0).Mean() };
        }

        public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken) =>
            new Dictionary<string, double> { ["fit"] = layer.Weight.Value.Sum().ToDouble() };
    }
}
