using Gloss.Torch;

namespace Gloss.Models.EfficientNet;

/// <summary>An EfficientNet-Lite without its head: the maps of the stages that end at strides 8, 16 and 32.</summary>
public sealed class EfficientNetLiteBackbone : MultiScaleBackbone
{
    // Stage i's map is entry i + 1: the stem's stands first.
    private static readonly int[] taken = [3, 5, 7];
    private readonly EfficientNetLite network;

    /// <summary>A backbone of the config's sizes; its picture size is not used.</summary>
    public EfficientNetLiteBackbone(EfficientNetLiteConfig config)
    {
        network = Add("network", new EfficientNetLite(config, hasHead: false));
        var widths = config.Blocks().GroupBy(block => block.Stage)
            .ToDictionary(stage => stage.Key, stage => (long)stage.Last().Output);
        Channels = [.. taken.Select(entry => widths[entry - 1])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <summary>Keeps the statistics of all batch normalisations as they are, in training too.</summary>
    public void FreezeStatistics() => network.FreezeStatistics();

    /// <summary>Loads the weights of a whole network, whose head and classifier are left out.</summary>
    public void LoadNetwork(IReadOnlyDictionary<string, Tensor> weights) => network.Load(weights, mayIgnore: name =>
        name.Split('.')[0] is "_conv_head" or "_bn1" or "_fc");

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor pixels)
    {
        using var scope = TensorScope.Begin();
        var stages = network.Stages(pixels);
        return [.. taken.Select(entry => scope.Return(stages[entry]))];
    }
}
