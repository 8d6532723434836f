using System.Globalization;
using System.Runtime.InteropServices;
using Gloss.Torch;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// An ONNX model of opset 17 that is written to a folder: <c>model.onnx</c>, and its larger weights in a file beside
/// it. Values are known by names, which nodes give.
/// </summary>
/// <remarks>Field numbers: github.com/onnx/onnx, onnx/onnx.proto.</remarks>
internal sealed class OnnxGraph : IDisposable
{
    public const string FileName = "model.onnx";
    private const string WeightsName = "weights.bin";
    private const int Opset = 17;
    private const int FormatVersion = 8;
    private const int Float32 = 1;
    private const int Int64 = 7;
    private const int LeastExternalBytes = 1024;
    private const int Page = 4096;

    private readonly string folder;
    private readonly FileStream weights;
    private readonly ProtobufMessage graph = new();
    private int count;

    public OnnxGraph(string folder, string name)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        weights = File.Create(Path.Combine(folder, WeightsName));
        graph.Text(2, name);
    }

    public string Input(string name, params long[] shape) => Declare(11, name, shape);

    public void Output(string name, params long[] shape) => Declare(12, name, shape);

    /// <summary>A float32 tensor on the processor.</summary>
    public string Weight(Tensor tensor)
    {
        using var contiguous = tensor.Contiguous();
        return Initializer(Float32, contiguous.Shape, MemoryMarshal.AsBytes(contiguous.Data<float>()));
    }

    public string Integers(params long[] values) =>
        Initializer(Int64, [values.Length], MemoryMarshal.AsBytes<long>(values));

    public string Scalar(double value) => Initializer(Float32, [], BitConverter.GetBytes((float)value));

    /// <summary>A node with one result.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="attributes">Whole numbers (long), lists of them (long[]) and floats by name.</param>
    /// <returns>The result's name.</returns>
    public string Node(string operation, string[] inputs, params (string Name, object Value)[] attributes) =>
        Nodes(operation, 1, inputs, attributes)[0];

    /// <summary>As <see cref="Node"/> with several results.</summary>
    public string[] Nodes(string operation, int results, string[] inputs,
        params (string Name, object Value)[] attributes)
    {
        string[] names = [.. Enumerable.Range(0, results).Select(_ => NewName())];
        Add(operation, inputs, names, attributes);
        return names;
    }

    /// <summary>Gives a value the name of an output.</summary>
    public void Name(string value, string output) => Add("Identity", [value], [output], []);

    /// <summary>Writes the model; its weights are written already.</summary>
    public void Save()
    {
        weights.Flush();
        File.WriteAllBytes(Path.Combine(folder, FileName), new ProtobufMessage()
            .Integer(1, FormatVersion).Text(2, "gloss-benchmarks").Message(7, graph)
            .Message(8, new ProtobufMessage().Text(1, "").Integer(2, Opset)).ToArray());
    }

    public void Dispose() => weights.Dispose();

    private string NewName() => $"v{(count++).ToString(CultureInfo.InvariantCulture)}";

    private void Add(string operation, string[] inputs, string[] outputs, (string Name, object Value)[] attributes)
    {
        var node = new ProtobufMessage();
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(3, $"{operation}_{outputs[0]}").Text(4, operation);
        foreach (var (name, value) in attributes)
            node.Message(5, Attribute(name, value));
        graph.Message(1, node);
    }

    private static ProtobufMessage Attribute(string name, object value)
    {
        var attribute = new ProtobufMessage().Text(1, name);
        switch (value)
        {
            case float number: return attribute.Float(2, number).Integer(20, 1);
            case long number: return attribute.Integer(3, number).Integer(20, 2);
            case long[] numbers:
                foreach (var number in numbers)
                    attribute.Integer(8, number);
                return attribute.Integer(20, 7);
            default: throw new ArgumentException(
                $"the attribute {name} is a {value.GetType().Name}, expected float, long or long[]", nameof(value));
        }
    }

    private string Declare(int field, string name, long[] shape)
    {
        var sizes = new ProtobufMessage();
        foreach (var size in shape)
            sizes.Message(1, new ProtobufMessage().Integer(1, size));
        var type = new ProtobufMessage().Message(1, new ProtobufMessage().Integer(1, Float32).Message(2, sizes));
        graph.Message(field, new ProtobufMessage().Text(1, name).Message(2, type));
        return name;
    }

    private string Initializer(int type, long[] shape, ReadOnlySpan<byte> data)
    {
        var name = NewName();
        var tensor = new ProtobufMessage();
        foreach (var size in shape)
            tensor.Integer(1, size);
        tensor.Integer(2, type).Text(8, name);
        if (data.Length < LeastExternalBytes)
        {
            tensor.Bytes(9, data);
        }
        else
        {
            // Mappings begin at pages.
            weights.Position = (weights.Position + Page - 1) / Page * Page;
            var start = weights.Position;
            weights.Write(data);
            foreach (var (key, value) in new[] { ("location", WeightsName), ("offset", $"{start}"),
                ("length", $"{data.Length}") })
                tensor.Message(13, new ProtobufMessage().Text(1, key).Text(2, value));
            tensor.Integer(14, 1);
        }
        graph.Message(5, tensor);
        return name;
    }
}
