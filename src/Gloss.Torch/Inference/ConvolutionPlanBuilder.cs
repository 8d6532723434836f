using System.Buffers;
using Gloss.Torch.Inference.Native;

namespace Gloss.Torch.Inference;

/// <summary>
/// Describes a convolutional network node by node and makes <see cref="ConvolutionPlan"/>s of it. A node reads a node
/// that was added before it, or <see cref="Picture"/>.
/// </summary>
/// <param name="input">The pictures that the network takes.</param>
public sealed unsafe class ConvolutionPlanBuilder(PictureInput input)
{
    /// <summary>The name under which nodes read the normalised pictures.</summary>
    public const string Picture = "picture";

    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, int> indices = new(StringComparer.Ordinal) { [Picture] = -1 };

    /// <summary>Adds a convolution and returns its name.</summary>
    /// <exception cref="ArgumentException">A name is unknown or taken, or the weights do not fit the input.</exception>
    public string Convolution(string name, string input, ConvolutionLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var channels = ChannelsOf(Index(name, input));
        if (layer.Groups < 1 || channels % layer.Groups != 0)
            throw new ArgumentException(
                $"node '{name}': {layer.Groups} groups do not divide {channels} input channels");
        var expected = (long)layer.OutChannels * (channels / layer.Groups) * layer.Kernel.Rows * layer.Kernel.Columns;
        if (layer.Weights.Length != expected)
        {
            throw new ArgumentException($"node '{name}': expected {expected} weights ({layer.OutChannels} × " +
                $"{channels / layer.Groups} × {layer.Kernel.Rows} × {layer.Kernel.Columns}), got "
                + $"{layer.Weights.Length}");
        }
        if (layer.Bias.Length != 0 && layer.Bias.Length != layer.OutChannels)
            throw new ArgumentException($"node '{name}': expected {layer.OutChannels} biases, got {layer.Bias.Length}");
        return Add(new(name, Index(name, input), layer.Residual is { } other ? Index(name, other) : -1, layer,
            layer.OutChannels));
    }

    /// <summary>Adds the mean over all pixels, (1, 1, channels), and returns its name.</summary>
    /// <exception cref="ArgumentException">A name is unknown or taken.</exception>
    public string GlobalAverage(string name, string input)
    {
        var index = Index(name, input);
        return Add(new(name, index, -1, null, ChannelsOf(index)));
    }

    /// <summary>
    /// Lets plans give out this node's values; outputs come in the order in which the nodes were added.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public void Output(string name)
    {
        var index = Index(name, name);
        if (index < 0)
            throw new ArgumentException("the picture is no output");
        nodes[index].IsOutput = true;
    }

    /// <summary>Packs the weights, which are copied. The caller disposes the plan.</summary>
    /// <param name="precision">In what numbers to compute.</param>
    /// <param name="threads">How many threads one run may use.</param>
    /// <param name="ranges">Needed for <see cref="ConvolutionPrecision.Int8"/> and used by it alone.</param>
    /// <exception cref="ArgumentException">The nodes do not fit together, or ranges are missing.</exception>
    /// <exception cref="NativeException">oneDNN cannot compute a node.</exception>
    public ConvolutionPlan Build(ConvolutionPrecision precision = ConvolutionPrecision.Float32, int threads = 1,
        ActivationRanges? ranges = null)
    {
        if (precision == ConvolutionPrecision.Int8 && ranges is null)
        {
            throw new ArgumentNullException(nameof(ranges),
                "int8 needs the ranges of the values · hint: MeasureRanges on some hundred pictures");
        }
        return Create(new StorageChoice(input, nodes, precision, ranges), threads, node => node.IsOutput);
    }

    /// <summary>Measures what values each node has on some pictures, in float32.</summary>
    /// <param name="pictures">(count, height, width, channels) bytes.</param>
    /// <param name="count">How many pictures; some dozens of everyday photographs are enough.</param>
    public ActivationRanges MeasureRanges(ReadOnlySpan<byte> pictures, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var plan = Create(new StorageChoice(input, nodes, ConvolutionPrecision.Float32, null),
            threads: 1, _ => true);
        var values = plan.Outputs.Select(output => new float[output.Length].AsMemory()).ToArray();
        var histograms = plan.Outputs.Select(_ => new RangeHistogram()).ToArray();
        var size = input.Height * input.Width * input.Channels;
        for (var pass = 0; pass < 2; pass++)
        {
            for (var p = 0; p < count; p++)
            {
                plan.Run(pictures.Slice(p * size, size), 1, values);
                Parallel.For(0, values.Length, i =>
                {
                    if (pass == 0)
                        histograms[i].Extend(values[i].Span);
                    else
                        histograms[i].Count(values[i].Span);
                });
            }
        }
        return new(nodes.Select((node, i) => (node.Name, histograms[i])).ToDictionary(pair => pair.Name,
            pair => pair.Item2.Choose(), StringComparer.Ordinal));
    }

    private ConvolutionPlan Create(StorageChoice storage, int threads, Func<Node, bool> isOutput)
    {
        var pins = new List<MemoryHandle>();
        try
        {
            float* Pin(ReadOnlyMemory<float> memory)
            {
                if (memory.IsEmpty)
                    return null;
                pins.Add(memory.Pin());
                return (float*)pins[^1].Pointer;
            }

            var picture = new NativePicture
            {
                Height = input.Height,
                Width = input.Width,
                Channels = input.Channels,
                Storage = (int)storage.Picture.Storage,
                Scale = storage.Picture.Scale,
                Mean = Pin(input.Mean),
                Deviation = input.Deviation.Length == input.Channels
                    ? Pin(input.Deviation)
                    : throw new ArgumentException($"{input.Channels} means but {input.Deviation.Length} deviations"),
            };
            var natives = new NativeNode[nodes.Count];
            for (var i = 0; i < natives.Length; i++)
            {
                var node = nodes[i];
                var (read, kept) = storage.Of(i);
                natives[i] = new()
                {
                    Kind = node.Layer is null ? 1 : 0,
                    Input = node.Input,
                    Residual = node.Residual,
                    IsOutput = isOutput(node) ? 1 : 0,
                    InputStorage = (int)read.Storage,
                    InputScale = read.Scale,
                    Storage = (int)kept.Storage,
                    Scale = kept.Scale,
                };
                if (node.Layer is { } layer)
                    Describe(ref natives[i], layer, Pin(layer.Weights), Pin(layer.Bias));
            }
            fixed (NativeNode* first = natives)
            {
                OneDnnMethods.Check(OneDnnMethods.gloss_plan_create(&picture, first, natives.Length, threads,
                    out var handle));
                return new ConvolutionPlan(handle, input, OutputsOf(handle, isOutput));
            }
        }
        finally
        {
            foreach (var pin in pins)
                pin.Dispose();
        }
    }

    private static void Describe(ref NativeNode native, ConvolutionLayer layer, float* weights, float* bias)
    {
        native.Activation = (int)layer.Activation.Kind;
        native.ClipLow = layer.Activation.Low;
        native.ClipHigh = layer.Activation.High;
        native.OutChannels = layer.OutChannels;
        native.Groups = layer.Groups;
        (native.KernelHeight, native.KernelWidth) = layer.Kernel;
        (native.StrideHeight, native.StrideWidth) = layer.Stride;
        (native.DilationHeight, native.DilationWidth) = layer.Dilation;
        (native.PadTop, native.PadLeft, native.PadBottom, native.PadRight) = layer.Padding;
        native.Weights = weights;
        native.Bias = bias;
    }

    private List<PlanOutput> OutputsOf(PlanHandle handle, Func<Node, bool> isOutput)
    {
        var outputs = new List<PlanOutput>();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (!isOutput(nodes[i]))
                continue;
            OneDnnMethods.Check(OneDnnMethods.gloss_plan_shape(handle, i, out var shape));
            outputs.Add(new(nodes[i].Name, shape.Height, shape.Width, shape.Channels));
        }
        return outputs;
    }

    private string Add(Node node)
    {
        if (!indices.TryAdd(node.Name, nodes.Count))
            throw new ArgumentException($"there is already a node '{node.Name}'");
        nodes.Add(node);
        return node.Name;
    }

    private int Index(string reader, string name) => indices.TryGetValue(name, out var index)
        ? index
        : throw new ArgumentException($"node '{reader}' names '{name}', which was not added before it");

    private int ChannelsOf(int index) => index < 0 ? input.Channels : nodes[index].Channels;

    /// <summary>A node as it was added; the layer is null for a global average.</summary>
    internal sealed class Node(string name, int input, int residual, ConvolutionLayer? layer, int channels)
    {
        public string Name { get; } = name;
        public int Input { get; } = input;
        public int Residual { get; } = residual;
        public ConvolutionLayer? Layer { get; } = layer;
        public int Channels { get; } = channels;
        public bool IsOutput { get; set; }
    }
}
