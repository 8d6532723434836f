using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Models.Published;

/// <summary>
/// Fits the weights of published checkpoints of the RAM family to Gloss's models: old names become new ones, what
/// follows from other entries is left out, and tables of relative positions are resampled for another window.
/// </summary>
public static class PublishedWeights
{
    private const string BiasTable = "attn.relative_position_bias_table";
    private const string OutputWeight = "cls.predictions.decoder.weight";
    private const string ModulePrefix = "module.";
    private const string OldHead = "vision_multi.";
    private const string OutputBias = "cls.predictions.decoder.bias";

    /// <summary>
    /// The entries under the names that Gloss's models have. Left out are indices and masks that follow from sizes, and
    /// the text decoder's output layer, which is the word table and the bias beside it.
    /// </summary>
    /// <exception cref="CheckpointException">The output layer is not the word table, or two names become
    /// one.</exception>
    public static Dictionary<string, CheckpointTensor> Rename(IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        var result = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        foreach (var (official, tensor) in WithoutModule(tensors))
        {
            var name = official.StartsWith(OldHead, StringComparison.Ordinal)
                ? "tagging_head." + official[OldHead.Length..] : official;
            if (!SwinTransformer.IsDerived(name) && !name.EndsWith("embeddings.position_ids", StringComparison.Ordinal))
                AddOnce(result, name, tensor);
        }
        DropTied(result, OutputWeight, "bert.embeddings.word_embeddings.weight");
        DropTied(result, OutputBias, "cls.predictions.bias");
        return result;
    }

    /// <summary>
    /// Copies entries that went through <see cref="Rename"/> into a model, converted to its types, relative positions
    /// resampled where the windows differ.
    /// </summary>
    /// <exception cref="CheckpointException">Entries are missing, unexpected or wrongly shaped; the message lists
    /// all.</exception>
    public static void Load(Module model, IReadOnlyDictionary<string, CheckpointTensor> tensors,
        Func<string, bool>? mayMiss = null, Func<string, bool>? mayIgnore = null)
    {
        using var scope = TensorScope.Begin();
        model.Load(Fit(model, tensors.ToDictionary(t => t.Key, t => Source(t.Value), StringComparer.Ordinal))
            .ToDictionary(t => t.Key, t => t.Value.Read(), StringComparer.Ordinal), mayMiss, mayIgnore);
    }

    /// <summary>The entries without the <c>module.</c> that training on several devices puts before names.</summary>
    /// <exception cref="CheckpointException">Two names become one.</exception>
    internal static Dictionary<string, CheckpointTensor> WithoutModule(
        IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        var result = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
            AddOnce(result, name.StartsWith(ModulePrefix, StringComparison.Ordinal)
                ? name[ModulePrefix.Length..] : name, tensor);
        return result;
    }

    /// <summary>An entry of a file that is read when it is needed, and whose memory goes when it was used.</summary>
    internal static WeightSource Source(CheckpointTensor tensor) =>
        new(tensor.Shape, tensor.Read, tensor.Release, tensor);

    /// <summary>Whether two weights are the same view of one storage, or equal.</summary>
    internal static bool AreEqual(WeightSource a, WeightSource b)
    {
        if (a.Entry is { } one && b.Entry is { } other)
            return AreEqual(one, other);
        using var scope = TensorScope.Begin();
        return a.Shape.AsSpan().SequenceEqual(b.Shape) && AreEqual(a.Read(), b.Read());
    }

    /// <summary>What a model takes for each entry.</summary>
    internal static Dictionary<string, WeightSource> Fit(Module model,
        IReadOnlyDictionary<string, WeightSource> weights)
    {
        var windows = model.NamedParameters().Where(p => p.Name.EndsWith(BiasTable, StringComparison.Ordinal))
            .ToDictionary(p => p.Name, p => RelativePosition.WindowOf(p.Parameter.Value.Size(0)),
                StringComparer.Ordinal);
        var result = new Dictionary<string, WeightSource>(StringComparer.Ordinal);
        foreach (var (name, entry) in weights)
        {
            if (!windows.TryGetValue(name, out var window) || !NeedsResampling(entry, window))
            {
                result.Add(name, entry);
                continue;
            }
            result.Add(name, new WeightSource([(2 * window - 1) * (2 * window - 1), entry.Shape[1]], () =>
            {
                using var table = entry.Read();
                return RelativePosition.Resample(table, window);
            }, entry.Release));
        }
        return result;
    }

    private static void AddOnce(Dictionary<string, CheckpointTensor> tensors, string name, CheckpointTensor tensor)
    {
        if (!tensors.TryAdd(name, tensor))
            throw new CheckpointException($"the checkpoint holds '{name}' under two names");
    }

    private static bool NeedsResampling(WeightSource table, long window)
    {
        if (table.Shape.Length != 2)
            return false;
        var side = (long)Math.Round(Math.Sqrt(table.Shape[0]));
        return side * side == table.Shape[0] && side % 2 == 1 && side >= 9 && side != 2 * window - 1;
    }

    private static void DropTied(Dictionary<string, CheckpointTensor> tensors, string suffix, string tiedSuffix)
    {
        foreach (var name in tensors.Keys.Where(n => n.EndsWith(suffix, StringComparison.Ordinal)).ToList())
        {
            var tied = name[..^suffix.Length] + tiedSuffix;
            if (!tensors.TryGetValue(tied, out var original) || !AreEqual(tensors[name], original))
                throw new CheckpointException(
                    $"'{name}' {tensors[name]} is not the same as '{tied}', as it is in published models");
            tensors.Remove(name);
        }
    }

    private static bool AreEqual(CheckpointTensor a, CheckpointTensor b)
    {
        if (!a.Shape.AsSpan().SequenceEqual(b.Shape))
            return false;
        if (a.IsSameViewAs(b))
            return true;
        using var scope = TensorScope.Begin();
        return AreEqual(a.Read(), b.Read());
    }

    private static bool AreEqual(Tensor a, Tensor b) =>
        a.ElementCount == 0 || (a.To(ScalarType.Float32) - b.To(ScalarType.Float32)).Abs().Reshape(-1).Max([0])
            .ToDouble() == 0;
}
