using Gloss.Models.Bert;
using Gloss.Models.RamPlus;
using Gloss.Torch;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// RAM++ for one picture as an ONNX model: Swin, re-weighting of the descriptions, recognition decoder, all tags.
/// </summary>
internal static class RamPlusGraph
{
    public const string Input = "pixels";
    public const string Output = "logits";

    /// <summary>
    /// Writes the model of the weights <paramref name="weights"/> (a safetensors file of Gloss's names) to a folder.
    /// </summary>
    public static void Write(RamPlusConfig config, string weights, string folder)
    {
        var swin = config.ImageEncoder.Swin ?? throw new NotSupportedException("the image encoder is no Swin");
        using var file = SafetensorsFile.Open(weights);
        using var graph = new OnnxGraph(folder, "ram_plus");
        var layers = new OnnxLayers(graph, file);
        var pixels = graph.Input(Input, 1, 3, swin.ImageSize, swin.ImageSize);
        // (N, embedding)
        var tokens = layers.Linear(new SwinGraph(layers, swin, "visual_encoder.").Write(pixels), "image_proj");
        var x = graph.Node("Relu", [layers.Linear(Reweighted(layers, config, tokens), "wordvec_proj")]); // (K, hidden)
        for (var i = 0; i < config.TaggingHeadLayers; i++)
            x = DecoderLayer(layers, config, x, tokens, $"tagging_head.encoder.layer.{i}");
        graph.Name(layers.Linear(x, "fc"), Output);
        graph.Output(Output, config.Tags, 1);
        graph.Save();
    }

    // The weighted means of the tags' descriptions, (K, embedding).
    private static string Reweighted(OnnxLayers layers, RamPlusConfig config, string tokens)
    {
        var graph = layers.Graph;
        var descriptions = layers.Weight("label_embed"); // (K · texts, embedding)
        var image = layers.Rows(tokens, [0]); // (1, embedding)
        // The scale stands in the divisor: beside the product the runtime would draw it in, and lose its kernel for
        // vectors.
        var norm = graph.Node("Div",
            [layers.Reduce("ReduceL2", image, 1), graph.Node("Exp", [layers.Weight("reweight_scale")])]);
        var logits = graph.Node("MatMul",
            [descriptions, layers.Reshape(graph.Node("Div", [image, norm]), config.EmbeddingSize, 1)]);
        var shares = graph.Node("Softmax", [layers.Reshape(logits, config.Tags, 1, config.TextsPerTag)], ("axis", -1L));
        var means = graph.Node("MatMul",
            [shares, layers.Reshape(descriptions, config.Tags, config.TextsPerTag, config.EmbeddingSize)]);
        return layers.Reshape(means, config.Tags, config.EmbeddingSize);
    }

    private static string DecoderLayer(OnnxLayers layers, RamPlusConfig config, string x, string tokens, string name)
    {
        var (heads, width) = (config.TaggingHeadHeads, config.HiddenSize / config.TaggingHeadHeads);
        var epsilon = new BertConfig().LayerNormEpsilon;
        string Split(string value, params long[] order) =>
            layers.Transpose(layers.Reshape(value, -1, heads, width), order);

        var q = Split(layers.Linear(x, $"{name}.crossattention.self.query"), 1, 0, 2); // (heads, K, D)
        var k = Split(layers.Linear(tokens, $"{name}.crossattention.self.key"), 1, 2, 0); // (heads, D, N)
        var v = Split(layers.Linear(tokens, $"{name}.crossattention.self.value"), 1, 0, 2); // (heads, N, D)
        var mixed = layers.Reshape(layers.Transpose(layers.Attention(q, k, v, width), 1, 0, 2), -1, config.HiddenSize);
        x = layers.LayerNorm(layers.Add(layers.Linear(mixed, $"{name}.crossattention.output.dense"), x),
            $"{name}.crossattention.output.LayerNorm", epsilon);
        var hidden = layers.Gelu(layers.Linear(x, $"{name}.intermediate.dense"));
        return layers.LayerNorm(layers.Add(layers.Linear(hidden, $"{name}.output.dense"), x),
            $"{name}.output.LayerNorm", epsilon);
    }
}
