using Gloss.Torch;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// Layers of a safetensors file by the names of their weights, as nodes of a graph; values are matrices, a token a row.
/// </summary>
internal sealed class OnnxLayers(OnnxGraph graph, SafetensorsFile file)
{
    public OnnxGraph Graph => graph;

    /// <summary>A weight, written to the graph.</summary>
    public string Weight(string name)
    {
        using var tensor = Read(name);
        return graph.Weight(tensor);
    }

    /// <summary>A weight of the file, float32; the caller owns it.</summary>
    public Tensor Read(string name)
    {
        using var tensor = file.Read(name);
        return tensor.To(ScalarType.Float32);
    }

    /// <summary>x · Wᵀ + b; without a bias where the file has none.</summary>
    public string Linear(string x, string name) => graph.Node("Gemm",
        file.Entries.ContainsKey($"{name}.bias") ? [x, Weight($"{name}.weight"), Weight($"{name}.bias")]
            : [x, Weight($"{name}.weight")], ("transB", 1L));

    public string LayerNorm(string x, string name, double epsilon) => graph.Node("LayerNormalization",
        [x, Weight($"{name}.weight"), Weight($"{name}.bias")], ("axis", -1L), ("epsilon", (float)epsilon));

    /// <summary>
    /// GELU by the error function, as exporters write it and runtimes know it: x / √2 → erf → + 1 → · x → · ½.
    /// </summary>
    public string Gelu(string x)
    {
        var error = graph.Node("Erf", [graph.Node("Div", [x, graph.Scalar(Math.Sqrt(2))])]);
        return graph.Node("Mul", [graph.Node("Mul", [x, graph.Node("Add", [error, graph.Scalar(1)])]),
            graph.Scalar(0.5)]);
    }

    public string Add(string a, string b) => graph.Node("Add", [a, b]);

    public string Reshape(string x, params long[] shape) => graph.Node("Reshape", [x, graph.Integers(shape)]);

    public string Transpose(string x, params long[] order) => graph.Node("Transpose", [x], ("perm", order));

    /// <summary>A reduction that keeps the axis.</summary>
    public string Reduce(string operation, string x, long axis)
    {
        long[] axes = [axis];
        return graph.Node(operation, [x], ("axes", axes), ("keepdims", 1L));
    }

    /// <summary>Rows of x in another order.</summary>
    public string Rows(string x, long[] order) => graph.Node("Gather", [x, graph.Integers(order)], ("axis", 0L));

    /// <summary>softmax(q · kᵀ / √D + bias) · v; the keys are transposed already: (…, D, T).</summary>
    public string Attention(string q, string transposedKeys, string v, long headWidth, string? bias = null)
    {
        var scores = graph.Node("MatMul",
            [graph.Node("Mul", [q, graph.Scalar(1 / Math.Sqrt(headWidth))]), transposedKeys]);
        return graph.Node("MatMul",
            [graph.Node("Softmax", [bias is null ? scores : Add(scores, bias)], ("axis", -1L)), v]);
    }
}
