using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests.Inference;

/// <summary>A small random convolutional network, for a plan and for a plain computation in double precision.</summary>
internal sealed class RandomNetwork
{
    private readonly List<(ConvolutionLayer? Layer, int Input, int Residual)> nodes = [];
    private readonly List<(int Height, int Width, int Channels)> shapes = [];
    private readonly Random random;

    public RandomNetwork(int seed, ActivationKind[] activations)
    {
        random = new Random(seed);
        Input = new PictureInput
        {
            Height = random.Next(5, 20),
            Width = random.Next(5, 20),
            Mean = new float[] { 127, 127, 127 },
            Deviation = new float[] { 128, 128, 128 },
        };
        Builder = new ConvolutionPlanBuilder(Input);
        var count = random.Next(2, 7);
        for (var i = 0; i < count; i++)
            AddConvolution(i, activations);
        nodes.Add((null, count - 1, -1));
        shapes.Add((1, 1, shapes[^1].Channels));
        Builder.GlobalAverage("pooled", Name(count - 1));
        for (var i = 0; i < nodes.Count; i++)
        {
            if (i >= count - 1 || random.Next(3) == 0)
                Builder.Output(Name(i));
        }
    }

    public PictureInput Input { get; }

    public ConvolutionPlanBuilder Builder { get; }

    public byte[] Pictures(int count)
    {
        var pixels = new byte[count * Input.Height * Input.Width * 3];
        random.NextBytes(pixels);
        return pixels;
    }

    /// <summary>Every node's values for one picture, computed as the definition says.</summary>
    public Dictionary<string, double[]> Compute(ReadOnlySpan<byte> picture)
    {
        var values = new double[nodes.Count][];
        var pixels = new double[picture.Length];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (picture[i] - 127.0) / 128;
        for (var i = 0; i < nodes.Count; i++)
        {
            var (layer, input, residual) = nodes[i];
            var x = input < 0 ? pixels : values[input];
            var shape = input < 0 ? (Input.Height, Input.Width, 3) : shapes[input];
            values[i] = layer is null
                ? Average(x, shape)
                : Convolve(x, shape, layer, shapes[i], residual < 0 ? null : values[residual]);
        }
        return Enumerable.Range(0, nodes.Count).ToDictionary(Name, i => values[i]);
    }

    private string Name(int index) =>
        index < 0 ? ConvolutionPlanBuilder.Picture : nodes[index].Layer is null ? "pooled" : $"node{index}";

    private void AddConvolution(int index, ActivationKind[] activations)
    {
        var input = index == 0 ? -1 : random.Next(4) == 0 ? random.Next(index) : index - 1;
        var (height, width, channels) = input < 0 ? (Input.Height, Input.Width, 3) : shapes[input];
        var isDepthwise = random.Next(3) == 0;
        var outChannels = isDepthwise ? channels : random.Next(1, 5) * (random.Next(2) == 0 ? 8 : 5);
        var groups = isDepthwise ? channels : 1;
        var (rows, columns) = (random.Next(1, 6), random.Next(1, 6));
        // A third of the convolutions keep the size, so that residuals occur.
        var keeps = random.Next(3) == 0;
        var stride = keeps ? (1, 1) : (random.Next(1, 3), random.Next(1, 3));
        var dilation = keeps ? (1, 1) : (random.Next(1, 3), random.Next(1, 3));
        var padding = keeps
            ? new ConvolutionPadding((rows - 1) / 2, (columns - 1) / 2, rows / 2, columns / 2)
            : new ConvolutionPadding(random.Next(rows), random.Next(columns), random.Next(rows), random.Next(columns));
        var outHeight = height + padding.Top + padding.Bottom - (rows - 1) * dilation.Item1 - 1;
        var outWidth = width + padding.Left + padding.Right - (columns - 1) * dilation.Item2 - 1;
        if (outHeight < 0 || outWidth < 0)
            ((rows, columns), dilation, padding, outHeight, outWidth) =
                ((1, 1), (1, 1), default, height - 1, width - 1);
        var shape = (outHeight / stride.Item1 + 1, outWidth / stride.Item2 + 1, outChannels);
        var candidates = Enumerable.Range(0, index).Where(i => shapes[i] == shape).ToArray();
        var residual = candidates.Length > 0 && random.Next(3) > 0 ? candidates[random.Next(candidates.Length)] : -1;
        var kind = activations[random.Next(activations.Length)];
        var fanIn = channels / groups * rows * columns;
        var layer = new ConvolutionLayer
        {
            Weights = Normal(outChannels * fanIn, 1.5 / Math.Sqrt(fanIn)),
            Bias = random.Next(4) == 0 ? default : Normal(outChannels, 0.3),
            OutChannels = outChannels,
            Kernel = (rows, columns),
            Stride = stride,
            Dilation = dilation,
            Groups = groups,
            Padding = padding,
            Activation = kind == ActivationKind.Clip
                ? random.Next(2) == 0 ? ConvolutionActivation.Relu6 : ConvolutionActivation.Relu
                : new ConvolutionActivation(kind),
            Residual = residual < 0 ? null : Name(residual),
        };
        var inputName = Name(input);
        nodes.Add((layer, input, residual));
        shapes.Add(shape);
        Builder.Convolution(Name(index), inputName, layer);
    }

    private float[] Normal(int count, double deviation)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }

    private static double[] Average(double[] x, (int Height, int Width, int Channels) shape) =>
        [.. Enumerable.Range(0, shape.Channels).Select(c =>
            Enumerable.Range(0, shape.Height * shape.Width).Average(p => x[p * shape.Channels + c]))];

    private static double[] Convolve(double[] x, (int Height, int Width, int Channels) from, ConvolutionLayer layer,
        (int Height, int Width, int Channels) to, double[]? residual)
    {
        var y = new double[to.Height * to.Width * to.Channels];
        var (perGroupIn, perGroupOut) = (from.Channels / layer.Groups, to.Channels / layer.Groups);
        var weights = layer.Weights.Span;
        for (var i = 0; i < y.Length; i++)
        {
            var (row, column, channel) = (i / to.Channels / to.Width, i / to.Channels % to.Width, i % to.Channels);
            var sum = layer.Bias.IsEmpty ? 0.0 : layer.Bias.Span[channel];
            for (var r = 0; r < layer.Kernel.Rows; r++)
            {
                for (var c = 0; c < layer.Kernel.Columns; c++)
                {
                    var (fromRow, fromColumn) = (row * layer.Stride.Rows + r * layer.Dilation.Rows - layer.Padding.Top,
                        column * layer.Stride.Columns + c * layer.Dilation.Columns - layer.Padding.Left);
                    if (fromRow < 0 || fromRow >= from.Height || fromColumn < 0 || fromColumn >= from.Width)
                        continue;
                    for (var k = 0; k < perGroupIn; k++)
                    {
                        sum += weights[((channel * perGroupIn + k) * layer.Kernel.Rows + r) * layer.Kernel.Columns + c]
                            * x[(fromRow * from.Width + fromColumn) * from.Channels + channel / perGroupOut
                                * perGroupIn + k];
                    }
                }
            }
            y[i] = Activate(sum + (residual?[i] ?? 0), layer.Activation);
        }
        return y;
    }

    private static double Activate(double x, ConvolutionActivation activation) => activation.Kind switch
    {
        ActivationKind.Clip => Math.Clamp(x, activation.Low, activation.High),
        ActivationKind.Silu => x / (1 + Math.Exp(-x)),
        ActivationKind.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
        _ => x,
    };

    // Simpson's rule on the definition: exact to 1e-7 on the values that occur here.
    private static double Erf(double x)
    {
        const int steps = 60;
        var (h, sum) = (x / steps, 1 + Math.Exp(-x * x));
        for (var i = 1; i < steps; i++)
            sum += (i % 2 == 1 ? 4 : 2) * Math.Exp(-(i * h) * (i * h));
        return 2 / Math.Sqrt(Math.PI) * sum * h / 3;
    }
}
