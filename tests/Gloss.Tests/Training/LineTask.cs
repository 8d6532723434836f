using Gloss.Models.Layers;
using Gloss.Torch;
using Gloss.Training;

namespace Gloss.Tests.Training;

/// <summary>A tiny task: two layers with dropout learn the sum of four numbers. Each batch can take a while.</summary>
internal sealed class LineTask : TrainingTask
{
    private readonly Net net;
    private readonly int examples;
    private readonly TimeSpan delay;

    public LineTask(int examples = 64, TimeSpan delay = default)
    {
        this.examples = examples;
        this.delay = delay;
        Engine.Seed(7);
        net = new Net();
    }

    public override Module Model => net;

    public override int ExampleCount => examples;

    public override string? BestMetric => "accuracy";

    /// <summary>Whether no weight is of an earlier model.</summary>
    public bool IsNew { get; init; }

    public override bool IsFromStart(string name) => !IsNew;

    /// <summary>Example numbers of each batch, in order of use.</summary>
    public List<int[]> Seen { get; } = [];

    /// <summary>What the loss is multiplied by, by the number of the batch.</summary>
    public Func<int, double> Scale { get; set; } = _ => 1;

    /// <summary>Weights seen by the validations.</summary>
    public List<float[]> Validated { get; } = [];

    public Action? OnEvaluate { get; set; }

    public override object Prepare(ReadOnlySpan<int> exampleIds, ulong seed)
    {
        var random = new Random((int)(seed % int.MaxValue));
        var inputs = new float[exampleIds.Length * 4];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = (float)(random.NextDouble() + exampleIds[i / 4] / (double)examples);
        return new Batch(exampleIds.ToArray(), Tensor.FromData(inputs, exampleIds.Length, 4));
    }

    public override IReadOnlyDictionary<string, Tensor> Losses(object batch)
    {
        var (ids, inputs) = (Batch)batch;
        Seen.Add(ids);
        Thread.Sleep(delay);
        var error = net.Forward(inputs) - inputs.Sum([1], keep: true);
        var loss = (error * error).Mean();
        return new Dictionary<string, Tensor> { ["loss"] = loss * Scale(Seen.Count - 1),
            ["error"] = error.Abs().Mean().Detach() };
    }

    public override IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellationToken)
    {
        OnEvaluate?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        Assert.False(net.IsTraining);
        Validated.Add(net.NamedParameters().First().Parameter.Value.ToArray<float>());
        var output = net.Forward(Tensors.Ones([1, 4])).ToDouble();
        return new Dictionary<string, double> { ["accuracy"] = -Math.Abs(output - 4) };
    }

    /// <summary>All weights, one after the other.</summary>
    public float[] Weights() => net.NamedParameters().SelectMany(p => p.Parameter.Value.ToArray<float>()).ToArray();

    private sealed record Batch(int[] Ids, Tensor Inputs) : IDisposable
    {
        public void Dispose() => Inputs.Dispose();
    }

    private sealed class Net : Module
    {
        private readonly Linear first;
        private readonly Linear second;

        public Net()
        {
            first = Add("first", new Linear(4, 32, standardDeviation: 0.3));
            second = Add("second", new Linear(32, 1, standardDeviation: 0.3));
        }

        public Tensor Forward(Tensor x) => second.Forward(first.Forward(x).Gelu().Dropout(0.1, IsTraining));
    }
}
