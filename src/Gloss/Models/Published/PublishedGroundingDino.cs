using System.Globalization;
using Gloss.Models.Bert;
using Gloss.Models.GroundingDino;
using Gloss.Models.Layers;
using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Models.Published;

/// <summary>
/// Makes a Grounding DINO of a published checkpoint: the official <c>.pth</c> (T OGC, B cogcoor) or the safetensors of
/// Hugging Face's port.
/// </summary>
public sealed class PublishedGroundingDino
{
    private const string Swin = "backbone.0.";
    private const string SharedBoxHead = "bbox_embed.0.";
    private const double PortBoxEpsilon = 1e-5;
    private readonly Dictionary<string, (long[] Shape, Func<Tensor> Read)> weights = new(StringComparer.Ordinal);
    private readonly bool isPort;

    private PublishedGroundingDino(bool isPort) => this.isPort = isPort;

    /// <summary>Entries that were left out, with the reason: all others are weights of the model.</summary>
    public IReadOnlyDictionary<string, string> LeftOut { get; private set; } = new Dictionary<string, string>();

    /// <summary>Whether a checkpoint is a Grounding DINO.</summary>
    public static bool Is(CheckpointFile file) =>
        Tensors(file).Keys.Any(name => Stripped(name) is "transformer.level_embed" or "model.level_embed");

    /// <summary>Reads the names and shapes of a checkpoint; weights are read by <see cref="Build"/>.</summary>
    /// <exception cref="CheckpointException">Entries contradict each other; the message lists all faults.</exception>
    public static PublishedGroundingDino Read(CheckpointFile file)
    {
        var tensors = Tensors(file);
        var published = new PublishedGroundingDino(GroundingDinoNames.AreHuggingFace(tensors.Keys));
        var leftOut = new Dictionary<string, string>(StringComparer.Ordinal);
        var parts = new Dictionary<string, CheckpointTensor?[]>(StringComparer.Ordinal);
        var faults = new List<string>();
        var aliases = new List<(string Name, CheckpointTensor Tensor)>();
        foreach (var (stored, tensor) in tensors)
        {
            var (name, part) = GroundingDinoNames.Official(Stripped(stored));
            if (ReasonToLeaveOut(name) is { } reason)
                leftOut.Add(stored, reason);
            else if (part is { } index)
                (parts.TryGetValue(name, out var list) ? list : parts[name] = new CheckpointTensor?[3])[index] = tensor;
            else if (IsBoxHead(name))
                aliases.Add((name, tensor));
            else if (!published.weights.TryAdd(name, (tensor.Shape, tensor.Read)))
                faults.Add($"'{name}' is there under two names");
        }
        foreach (var (name, list) in parts)
        {
            if (list.Any(p => p is null || !p.Shape.AsSpan().SequenceEqual(list[0]!.Shape)))
                faults.Add(
                    $"'{name}': expected queries, keys and values of one shape, got "
                    + $"{string.Join(", ", list.Select(p => p?.ToString() ?? "none"))}");
            else
                published.weights[name] = Joined(list!);
        }
        foreach (var group in aliases.GroupBy(a => SharedName(a.Name), StringComparer.Ordinal))
        {
            var first = group.First().Tensor;
            published.weights[group.Key] = (first.Shape, first.Read);
            faults.AddRange(group.Skip(1).Where(other => !AreEqual(first, other.Tensor))
                .Select(other =>
                    $"'{other.Name}' is not the same as '{group.First().Name}', as it is in published models"));
        }
        if (faults.Count > 0)
            throw new CheckpointException(
                $"the checkpoint is no published Grounding DINO\n  {string.Join("\n  ", faults)}");
        published.LeftOut = leftOut;
        return published;
    }

    /// <summary>The sizes that the weights tell, the others from <paramref name="options"/>.</summary>
    /// <exception cref="CheckpointException">Weights that tell sizes are missing or have other ranks: the message lists
    /// all.</exception>
    public GroundingDinoConfig Config(PublishedGroundingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new List<string>();
        long Size(string name, int dimension, int rank)
        {
            if (weights.TryGetValue(name, out var weight) && weight.Shape.Length == rank && weight.Shape[dimension] > 0)
                return weight.Shape[dimension];
            faults.Add(
                $"{name}: expected {rank} dimensions, got "
                + $"{(weight.Shape is null ? "no such weight" : Tensor.DescribeShape(weight.Shape))}");
            return 1;
        }
        int Count(string prefix) => weights.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..].Split('.')[0])
                .Where(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Distinct(StringComparer.Ordinal).Count();

        int[] stages = [.. Enumerable.Range(0, Count($"{Swin}layers."))];
        var rows = Size($"{Swin}layers.0.blocks.0.attn.relative_position_bias_table", 0, 2);
        var levels = (int)Size("transformer.level_embed", 0, 2);
        var perHead = Size("transformer.encoder.layers.0.self_attn.attention_weights.bias", 0, 1)
            / Math.Max(1, options.Heads);
        var config = new GroundingDinoConfig
        {
            Backbone = new ImageEncoderConfig
            {
                Swin = new SwinConfig
                {
                    WindowSize = faults.Count == 0 ? RelativePosition.WindowOf(rows) : 1,
                    PatchSize = Size($"{Swin}patch_embed.proj.weight", 3, 4),
                    EmbedDim = Size($"{Swin}patch_embed.proj.weight", 0, 4),
                    Depths = [.. stages.Select(i => Count($"{Swin}layers.{i}.blocks."))],
                    NumHeads =
                        [.. stages.Select(i =>
                        (int)Size($"{Swin}layers.{i}.blocks.0.attn.relative_position_bias_table", 1, 2))],
                },
            },
            Text = new BertConfig
            {
                HiddenSize = Size("bert.embeddings.word_embeddings.weight", 1, 2),
                VocabularySize = Size("bert.embeddings.word_embeddings.weight", 0, 2),
                MaxPositions = Size("bert.embeddings.position_embeddings.weight", 0, 2),
                TokenTypes = Size("bert.embeddings.token_type_embeddings.weight", 0, 2),
                Layers = Count("bert.encoder.layer."), IntermediateSize =
                    Size("bert.encoder.layer.0.intermediate.dense.weight", 0, 2),
                Heads = options.TowerHeads,
            },
            HiddenSize = Size("feat_map.weight", 0, 2), Heads = options.Heads, NormGroups = options.NormGroups,
            FeedForwardSize = Size("transformer.encoder.layers.0.linear1.weight", 0, 2),
            FusionSize = Size("transformer.encoder.fusion_layers.0.attn.v_proj.weight", 0, 2),
            FusionHeads = options.FusionHeads ?? options.Heads / 2,
            TextHeads = options.TextHeads ?? options.Heads / 2,
            TextFeedForwardSize = Size("transformer.encoder.text_layers.0.linear1.weight", 0, 2),
            EncoderLayers = Count("transformer.encoder.layers."), DecoderLayers = Count("transformer.decoder.layers."),
            Queries = Size("transformer.tgt_embed.weight", 0, 2), Levels = levels, Points = perHead / levels,
            PositionTemperature = options.PositionTemperature, MaxTextTokens = options.MaxTextTokens,
            BoxEpsilon = isPort ? PortBoxEpsilon : 1e-3,
        };
        if (faults.Count == 0)
            faults.AddRange(config.Faults());
        return faults.Count == 0 ? config : throw new CheckpointException(
            $"the checkpoint's sizes cannot be told\n  "
            + $"{string.Join("\n  ", faults.Distinct(StringComparer.Ordinal))}\n  hint: heads that are not as "
            + $"published are given with --config");
    }

    /// <summary>
    /// The model with these weights, float32 and in evaluation mode; float32 weights stay the file's own pages.
    /// </summary>
    /// <exception cref="CheckpointException">Weights are missing, unexpected or wrongly shaped: the message lists
    /// all.</exception>
    public GroundingDinoModel Build(GroundingDinoConfig config)
    {
        GroundingDinoModel model;
        using (Initial.Skip())
            model = new GroundingDinoModel(config);
        try
        {
            model.Load(weights.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal), name =>
            {
                using var scope = TensorScope.Begin();
                return scope.Return(weights[name].Read().To(ScalarType.Float32));
            });
            model.Train(false);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static Dictionary<string, CheckpointTensor> Tensors(CheckpointFile file) =>
        (file.Root.TryGetValue("model", out var inner) && inner is CheckpointDictionary model ? model : file.Root)
            .Tensors();

    private static string Stripped(string name) => name.StartsWith("module.", StringComparison.Ordinal)
        ? name["module.".Length..] : name;

    private static string? ReasonToLeaveOut(string name) =>
        SwinTransformer.IsDerived(name) || name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
            ? "follows from sizes"
        : name.StartsWith("bert.pooler.", StringComparison.Ordinal) ? "pooler: no output uses it"
        : name is "label_enc.weight" ? "denoising queries: no output uses them"
        : null;

    private static bool IsBoxHead(string name) => name.StartsWith("bbox_embed.", StringComparison.Ordinal)
        || name.StartsWith("transformer.decoder.bbox_embed.", StringComparison.Ordinal);

    // bbox_embed.3.layers.0.weight → bbox_embed.0.layers.0.weight
    private static string SharedName(string name)
    {
        var behind = name[(name.IndexOf("bbox_embed.", StringComparison.Ordinal) + "bbox_embed.".Length)..];
        return SharedBoxHead + behind[(behind.IndexOf('.', StringComparison.Ordinal) + 1)..];
    }

    private static (long[], Func<Tensor>) Joined(CheckpointTensor[] parts)
    {
        var shape = parts[0].Shape.ToArray();
        shape[0] *= parts.Length;
        return (shape, () =>
        {
            using var scope = TensorScope.Begin();
            return scope.Return(TensorShape.Concatenate(0, [.. parts.Select(p => p.Read())]));
        });
    }

    private static bool AreEqual(CheckpointTensor a, CheckpointTensor b)
    {
        if (!a.Shape.AsSpan().SequenceEqual(b.Shape))
            return false;
        if (a.SharesStorageWith(b))
            return true;
        using var scope = TensorScope.Begin();
        return (a.Read() - b.Read()).Abs().Reshape(-1).Max([0]).ToDouble() == 0;
    }
}
