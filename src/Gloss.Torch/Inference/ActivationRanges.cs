namespace Gloss.Torch.Inference;

/// <summary>
/// The range of each node's values, measured once on pictures of the kind that will come
/// (<see cref="ConvolutionPlanBuilder.MeasureRanges"/>) and kept with the model: what
/// <see cref="ConvolutionPrecision.Int8"/> needs.
/// </summary>
/// <param name="nodes">Range by node name.</param>
public sealed class ActivationRanges(IReadOnlyDictionary<string, ValueRange> nodes)
{
    /// <summary>Range by node name.</summary>
    public IReadOnlyDictionary<string, ValueRange> Nodes { get; } = nodes;

    /// <summary>The range of a node.</summary>
    /// <exception cref="ArgumentException">There is none: these ranges belong to another network.</exception>
    internal ValueRange Of(string node) => Nodes.TryGetValue(node, out var range)
        ? range
        : throw new ArgumentException(
            $"no range was measured for node '{node}' · the ranges name {Nodes.Count} nodes, " +
            $"among them {string.Join(", ", Nodes.Keys.Take(4))} · hint: measure them again on this network");
}
