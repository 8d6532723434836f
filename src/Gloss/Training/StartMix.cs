using Gloss.Torch;

namespace Gloss.Training;

/// <summary>
/// A model's weights on the line between those it began with and those it has learned (WiSE-FT, Wortsman et al., CVPR
/// 2022): what was learned from other data keeps a part of what the start knew.
/// </summary>
internal sealed class StartMix : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor Start)> items = [];
    private readonly double share;

    /// <summary>Keeps the trainable weights as they are now, but for those that the start did not know.</summary>
    /// <param name="task">At its start: before a checkpoint is loaded.</param>
    /// <param name="share">Share of these weights in the mixture, 0–1.</param>
    public StartMix(TrainingTask task, double share)
    {
        this.share = share;
        using var noGradient = GradientMode.None();
        foreach (var (name, parameter) in task.Model.NamedParameters())
        {
            if (parameter.IsTrainable && task.IsFromStart(name))
                items.Add((parameter, TensorScope.Detach(parameter.Value.Clone())));
        }
    }

    /// <summary>Puts the mixture in the model's place until the result is disposed of, which puts all back.</summary>
    public IDisposable Apply()
    {
        using var noGradient = GradientMode.None();
        var learned = new Learned();
        foreach (var (parameter, start) in items)
        {
            learned.Items.Add((parameter, TensorScope.Detach(parameter.Value.Clone())));
            parameter.Value.LerpInPlace(start, share);
        }
        return learned;
    }

    public void Dispose()
    {
        foreach (var (_, start) in items)
            start.Dispose();
    }

    private sealed class Learned : IDisposable
    {
        public List<(Parameter Parameter, Tensor Weights)> Items { get; } = [];

        public void Dispose()
        {
            using var noGradient = GradientMode.None();
            foreach (var (parameter, weights) in Items)
            {
                parameter.Value.CopyInPlace(weights);
                weights.Dispose();
            }
        }
    }
}
