using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Models.EfficientNet;

/// <summary>
/// An EfficientNet-Lite as a convolution plan: batch norms folded, one pass over memory for each convolution with its
/// ReLU6 or residual sum, and no libtorch. Takes bytes (pixels 0–255, RGB).
/// </summary>
public static class EfficientNetLitePlan
{
    /// <summary>Name of the output with the last stage's map (h, w, trunk width).</summary>
    public const string Trunk = "stage7";

    /// <summary>Name of the output with the head's map (h, w, 1280).</summary>
    public const string Head = "head";

    /// <summary>Name of the output with the mean over the head's map (1, 1, 1280).</summary>
    public const string Pooled = "pooled";

    /// <summary>Name of the output with the classifier's scores (1, 1, classes).</summary>
    public const string Logits = "logits";

    /// <summary>Subtracted from pixels (0–255) of every channel by the plan itself.</summary>
    public const float Mean = 127;

    /// <summary>Pixels are divided by it after that.</summary>
    public const float Deviation = 128;

    private const float Epsilon = 1e-3f;

    /// <summary>Describes a network that was trained or loaded; its weights are copied.</summary>
    /// <inheritdoc cref="Describe(EfficientNetLiteConfig, Func{string, float[]}, IReadOnlyCollection{string})"/>
    public static ConvolutionPlanBuilder Describe(EfficientNetLite network, params IReadOnlyCollection<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var scope = TensorScope.Begin();
        var state = network.State();
        return Describe(network.Config, name => state[name].To(ScalarType.Float32).To(Device.Cpu)
            .ToArray<float>(), outputs);
    }

    /// <summary>Describes the network with its weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="weights">Gives the elements of a parameter or statistic by the name it has in the
    /// checkpoint.</param>
    /// <param name="outputs">
    /// What plans give out: <c>stem</c>, <c>stage1</c> … <c>stage7</c>, <see cref="Head"/>, <see cref="Pooled"/>,
    /// <see cref="Logits"/> (with a classifier). Nothing beyond the last of them is computed.
    /// </param>
    /// <exception cref="ArgumentException">An output is unknown, or a parameter has not the size of the
    /// config.</exception>
    public static ConvolutionPlanBuilder Describe(EfficientNetLiteConfig config, Func<string, float[]> weights,
        params IReadOnlyCollection<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(outputs);
        var network = new Network(config, weights);
        var names = network.Parts().Select(part => part.Name).ToArray();
        var unknown = outputs.Except(names).ToArray();
        if (unknown.Length > 0 || outputs.Count == 0)
        {
            throw new ArgumentException(
                $"outputs '{string.Join("', '", unknown)}' are unknown · hint: one or more of " +
                string.Join(", ", names));
        }
        network.AddUpTo(outputs);
        return network.Builder;
    }

    private sealed class Network(EfficientNetLiteConfig config, Func<string, float[]> weights)
    {
        private int size = config.ImageSize;

        public ConvolutionPlanBuilder Builder { get; } = new(new PictureInput
        {
            Height = config.ImageSize,
            Width = config.ImageSize,
            Mean = new float[] { Mean, Mean, Mean },
            Deviation = new float[] { Deviation, Deviation, Deviation },
        });

        /// <summary>Adds the network's parts in order, up to the last of the outputs.</summary>
        public void AddUpTo(IReadOnlyCollection<string> outputs)
        {
            var open = new HashSet<string>(outputs, StringComparer.Ordinal);
            foreach (var (name, add) in Parts().TakeWhile(_ => open.Count > 0))
            {
                add();
                if (open.Remove(name))
                    Builder.Output(name);
            }
        }

        /// <summary>The network's parts in order: what each one's result is called, and what adds it.</summary>
        public IEnumerable<(string Name, Action Add)> Parts()
        {
            yield return ("stem", () => Add("stem", ConvolutionPlanBuilder.Picture, "_conv_stem", "_bn0", 3,
                EfficientNetLiteConfig.StemChannels, 3, 2));
            var previous = "stem";
            var blocks = config.Blocks().Select((block, i) => (block, i)).ToArray();
            foreach (var stage in blocks.GroupBy(item => item.block.Stage))
            {
                var (name, input) = ($"stage{stage.Key + 1}", previous);
                yield return (name, () =>
                {
                    foreach (var (block, i) in stage)
                        input = AddBlock(block, i, input, i == stage.Last().i ? name : $"block{i}");
                });
                previous = name;
            }
            var width = blocks[^1].block.Output;
            yield return (Head, () => Add(Head, Trunk, "_conv_head", "_bn1", width,
                EfficientNetLiteConfig.HeadChannels, 1, 1));
            yield return (Pooled, () => Builder.GlobalAverage(Pooled, Head));
            if (config.Classes is { } classes)
            {
                yield return (Logits, () => Builder.Convolution(Logits, Pooled, new()
                {
                    Weights = weights("_fc.weight"),
                    Bias = weights("_fc.bias"),
                    OutChannels = classes,
                }));
            }
        }

        private string AddBlock(MobileBlockConfig block, int index, string input, string output)
        {
            var prefix = $"_blocks.{index}.";
            var inner = block.Input * block.Expansion;
            var x = block.Expansion == 1
                ? input
                : Add($"block{index}.expand", input, prefix + "_expand_conv", prefix + "_bn0", block.Input,
                    inner, 1, 1);
            x = Add($"block{index}.depthwise", x, prefix + "_depthwise_conv", prefix + "_bn1", inner, inner,
                block.Kernel,
                block.Stride, groups: inner);
            return Add(output, x, prefix + "_project_conv", prefix + "_bn2", inner, block.Output, 1, 1,
                hasActivation: false, residual: block.IsResidual ? input : null);
        }

        private string Add(string name, string input, string convolution, string norm, int inChannels, int outChannels,
            int kernel, int stride, int groups = 1, bool hasActivation = true, string? residual = null)
        {
            var (weight, bias) = Folded(convolution, norm, outChannels, inChannels / groups * kernel * kernel);
            Builder.Convolution(name, input, new()
            {
                Weights = weight,
                Bias = bias,
                OutChannels = outChannels,
                Kernel = (kernel, kernel),
                Stride = (stride, stride),
                Groups = groups,
                Padding = ConvolutionPadding.Same(size, size, kernel, stride),
                Activation = hasActivation ? ConvolutionActivation.Relu6 : ConvolutionActivation.None,
                Residual = residual,
            });
            size = (size + stride - 1) / stride;
            return name;
        }

        // y = (w x − mean) / sqrt(variance + ε) · scale + shift
        private (float[] Weight, float[] Bias) Folded(string convolution, string norm, int channels, int fanIn)
        {
            var weight = Read($"{convolution}.weight", channels * fanIn).AsSpan().ToArray();
            var scale = Read($"{norm}.weight", channels);
            var shift = Read($"{norm}.bias", channels);
            var mean = Read($"{norm}.running_mean", channels);
            var variance = Read($"{norm}.running_var", channels);
            var bias = new float[channels];
            for (var c = 0; c < channels; c++)
            {
                var factor = scale[c] / MathF.Sqrt(variance[c] + Epsilon);
                bias[c] = shift[c] - mean[c] * factor;
                foreach (ref var w in weight.AsSpan(c * fanIn, fanIn))
                    w *= factor;
            }
            return (weight, bias);
        }

        private float[] Read(string name, int length)
        {
            var values = weights(name);
            return values.Length == length
                ? values
                : throw new ArgumentException($"{name} has {values.Length} elements, expected {length}");
        }
    }
}
