using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// Exponential moving average (EMA) of all of a model's weights, running figures of batch normalisation included
/// (Polyak and Juditsky, 1992, with fixed decay). A weight that does not change keeps its exact value.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly List<(string Name, Parameter Parameter, Tensor Average)> items = [];
    private readonly double decay;

    /// <summary>Begins with the model's present weights.</summary>
    public WeightAverage(Module model, double decay)
    {
        this.decay = decay;
        using var noGradient = GradientMode.None();
        foreach (var (name, parameter) in model.NamedParameters())
            items.Add(
                (name, parameter, TensorScope.Detach(Tensors.ZerosLike(parameter.Value).CopyInPlace(parameter.Value))));
    }

    /// <summary>Averages by name; they stay this object's.</summary>
    public Dictionary<string, Tensor> State() =>
        items.ToDictionary(i => i.Name, i => i.Average, StringComparer.Ordinal);

    /// <summary>
    /// Takes the model's weights after step <paramref name="step"/> (counted from 0) into the average.
    /// </summary>
    public void Update(long step)
    {
        var weight = 1 - Math.Min(decay, (1.0 + step) / (10.0 + step));
        using var noGradient = GradientMode.None();
        foreach (var (_, parameter, average) in items)
        {
            if (average.Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16)
                average.LerpInPlace(parameter.Value, weight);
            else
                average.CopyInPlace(parameter.Value);
        }
    }

    /// <summary>
    /// Exchanges the model's weights and the averages, bit for bit; calling it twice changes nothing.
    /// </summary>
    public void Swap()
    {
        using var noGradient = GradientMode.None();
        foreach (var (_, parameter, average) in items)
        {
            using var weights = Tensors.ZerosLike(average);
            weights.CopyInPlace(average);
            average.CopyInPlace(parameter.Value);
            parameter.Value.CopyInPlace(weights);
        }
    }

    /// <summary>Puts back what <see cref="State"/> gave.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> saved)
    {
        var missing = items.Where(i => !saved.ContainsKey(i.Name)).Select(i => i.Name).ToList();
        if (missing.Count > 0)
            throw new CheckpointException($"the averaged weights lack {string.Join(", ", missing)}");
        using var noGradient = GradientMode.None();
        foreach (var (name, _, average) in items)
            average.CopyInPlace(saved[name]);
    }

    public void Dispose()
    {
        foreach (var (_, _, average) in items)
            average.Dispose();
    }
}
