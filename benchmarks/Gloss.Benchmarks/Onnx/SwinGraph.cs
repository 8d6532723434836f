using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Benchmarks.Onnx;

/// <summary>
/// A Swin transformer for one picture as nodes. Where exporters write rolls, cuts and transposes, one gather takes a
/// map's tokens window by window, and each shifted block's bias and mask are one constant.
/// </summary>
internal sealed class SwinGraph(OnnxLayers layers, SwinConfig config, string prefix)
{
    /// <summary>Pixels (1, 3, S, S) to tokens (1 + N, width), the mean first.</summary>
    public string Write(string pixels)
    {
        var side = config.ImageSize / config.PatchSize;
        var width = config.EmbedDim;
        var patches = layers.Graph.Node("Conv",
            [pixels, layers.Weight($"{prefix}patch_embed.proj.weight"),
            layers.Weight($"{prefix}patch_embed.proj.bias")],
            ("kernel_shape", new[] { config.PatchSize, config.PatchSize }),
            ("strides", new[] { config.PatchSize, config.PatchSize }));
        // (H · W, C)
        var x = Norm(layers.Transpose(layers.Reshape(patches, width, side * side), 1, 0), "patch_embed.norm");
        for (var stage = 0; stage < config.Depths.Count; stage++)
        {
            for (var block = 0; block < config.Depths[stage]; block++)
                x = Block(x, $"layers.{stage}.blocks.{block}", side, width, config.NumHeads[stage],
                    isShifted: block % 2 == 1 && side > config.WindowSize);
            if (stage == config.Depths.Count - 1)
                break;
            x = layers.Reshape(layers.Rows(x, Quarters(side)), side * side / 4, 4 * width);
            x = layers.Linear(Norm(x, $"layers.{stage}.downsample.norm"),
                $"{prefix}layers.{stage}.downsample.reduction");
            (side, width) = (side / 2, 2 * width);
        }
        x = Norm(x, "norm");
        return layers.Graph.Node("Concat", [layers.Reduce("ReduceMean", x, 0), x], ("axis", 0L));
    }

    private string Norm(string x, string name) => layers.LayerNorm(x, prefix + name, config.NormEpsilon);

    private string Block(string x, string name, long side, long width, long heads, bool isShifted)
    {
        var window = Math.Min(config.WindowSize, side);
        if (side % window != 0)
            throw new NotSupportedException(
                $"a map of {side} x {side} tokens is no multiple of the window of {window}");
        var order = WindowOrder(side, window, isShifted ? window / 2 : 0);
        var (windows, tokens) = (side / window * (side / window), window * window);
        // (nW · T, C)
        var inWindows = windows > 1 ? layers.Rows(Norm(x, $"{name}.norm1"), order) : Norm(x, $"{name}.norm1");

        var projected = layers.Reshape(layers.Linear(inWindows, $"{prefix}{name}.attn.qkv"), windows, tokens, 3, heads,
            width / heads);
        // (1, nW, heads, T, D)
        var parts = layers.Graph.Nodes("Split", 3, [layers.Transpose(projected, 2, 0, 3, 1, 4)], ("axis", 0L));
        var mixed = layers.Attention(parts[0], layers.Transpose(parts[1], 0, 1, 2, 4, 3), parts[2], width / heads,
            Bias($"{name}.attn.relative_position_bias_table", side, window, heads, isShifted));
        mixed = layers.Linear(layers.Reshape(layers.Transpose(mixed, 0, 1, 3, 2, 4), side * side, width),
            $"{prefix}{name}.attn.proj");
        x = layers.Add(x, windows > 1 ? layers.Rows(mixed, Inverse(order)) : mixed);

        var hidden = layers.Gelu(layers.Linear(Norm(x, $"{name}.norm2"), $"{prefix}{name}.mlp.fc1"));
        return layers.Add(x, layers.Linear(hidden, $"{prefix}{name}.mlp.fc2"));
    }

    // (1 or nW, heads, T, T)
    private string Bias(string table, long side, long window, long heads, bool isShifted)
    {
        using var scope = TensorScope.Begin();
        var tokens = window * window;
        var bias = layers.Read(prefix + table).IndexSelect(0, RelativePosition.Index(window))
            .Reshape(1, tokens, tokens, heads).Permute(0, 3, 1, 2);
        return layers.Graph.Weight(isShifted ? bias + Windows.ShiftMask(side, side, window, window / 2) : bias);
    }

    // Which row of the map stands at each place of the windows, which begin `shift` tokens from its edge.
    private static long[] WindowOrder(long side, long window, long shift)
    {
        var order = new List<long>();
        for (var top = 0L; top < side; top += window)
        {
            for (var left = 0L; left < side; left += window)
            {
                for (var t = 0L; t < window * window; t++)
                    order.Add((top + t / window + shift) % side * side + (left + t % window + shift) % side);
            }
        }
        return [.. order];
    }

    private static long[] Inverse(long[] order)
    {
        var inverse = new long[order.Length];
        for (var i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return inverse;
    }

    // Each 2 × 2 of a map, down its left column first.
    private static long[] Quarters(long side) =>
        [.. from y in Steps(side) from x in Steps(side) from column in Steps(2, 1) from row in Steps(2,
            1) select (y + row) * side + x + column];

    private static IEnumerable<long> Steps(long end, long step = 2)
    {
        for (var i = 0L; i < end; i += step)
            yield return i;
    }
}
