using System.Globalization;
using Gloss.Models.Layers;
using Gloss.Models.Swin;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Models.Published;

/// <summary>Makes a Tag2Text model of a published checkpoint with a Swin image encoder.</summary>
public static class PublishedTag2Text
{
    private const string Encoder = "visual_encoder.";
    private const long PicturePerWindow = 32;

    /// <summary>
    /// The weights of a checkpoint, under the names that Gloss has: those under <c>model</c>, or the whole file where there is
    /// no such key.
    /// </summary>
    /// <exception cref="CheckpointException">It is another family's; the message says which.</exception>
    public static Dictionary<string, CheckpointTensor> Weights(CheckpointFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var from = file.Root.TryGetValue("model", out var inner) && inner is CheckpointDictionary model ? model : file.Root;
        var weights = PublishedWeights.Rename(from.Tensors());
        if (!weights.ContainsKey("fc.W"))
        {
            var family = weights.ContainsKey("reweight_scale") ? "RAM++" : weights.ContainsKey("wordvec_proj.weight") ? "RAM"
                : weights.ContainsKey("visual.conv1.weight") || file.Format == CheckpointFormat.TorchScript ? "CLIP" : null;
            throw new CheckpointException(family is null
                ? $"the checkpoint has no 'fc.W': it is no Tag2Text model · it begins with {string.Join(", ", weights.Keys.Take(4))}"
                : $"the checkpoint is of the family {family}; model folders hold the family Tag2Text");
        }
        return weights;
    }

    /// <summary>The sizes that the weights tell, the others from <paramref name="options"/>.</summary>
    /// <exception cref="CheckpointException">Weights that tell sizes are missing or have other ranks: the message lists all.</exception>
    public static Tag2TextConfig Config(IReadOnlyDictionary<string, CheckpointTensor> weights, PublishedOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(options);
        var faults = new List<string>();
        long Size(string name, int dimension, int rank)
        {
            if (weights.TryGetValue(name, out var tensor) && tensor.Shape.Length == rank)
                return tensor.Shape[dimension];
            faults.Add($"{name}: expected {rank} dimensions, got {(tensor is null ? "no such weight" : tensor.ToString())}");
            return 1;
        }
        int Count(string prefix) => weights.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..].Split('.')[0]).Where(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Distinct(StringComparer.Ordinal).Count();

        var stages = Enumerable.Range(0, Count($"{Encoder}layers.")).ToArray();
        var rows = Size($"{Encoder}layers.0.blocks.0.attn.relative_position_bias_table", 0, 2);
        var window = options.WindowSize ?? (faults.Count == 0 ? RelativePosition.WindowOf(rows) : 1);
        var width = Size("label_embed.weight", 1, 2);
        var config = new Tag2TextConfig
        {
            ImageEncoder = new ImageEncoderConfig
            {
                Swin = new SwinConfig
                {
                    ImageSize = options.ImageSize ?? PicturePerWindow * window, WindowSize = window,
                    PatchSize = Size($"{Encoder}patch_embed.proj.weight", 3, 4), EmbedDim = Size($"{Encoder}patch_embed.proj.weight", 0, 4),
                    Depths = [.. stages.Select(i => Count($"{Encoder}layers.{i}.blocks."))],
                    NumHeads = [.. stages.Select(i => (int)Size($"{Encoder}layers.{i}.blocks.0.attn.relative_position_bias_table", 1, 2))],
                },
            },
            HiddenSize = width, Heads = options.TextHeads,
            IntermediateSize = Size("tagging_head.encoder.layer.0.intermediate.dense.weight", 0, 2),
            VocabularySize = Size("tag_encoder.embeddings.word_embeddings.weight", 0, 2),
            MaxPositions = Size("tag_encoder.embeddings.position_embeddings.weight", 0, 2),
            TagEncoderLayers = Count("tag_encoder.encoder.layer."), TextDecoderLayers = Count("text_decoder.bert.encoder.layer."),
            TaggingHead = new TaggingHeadConfig { Layers = Count("tagging_head.encoder.layer."), Heads = options.TaggingHeadHeads },
            Tags = checked((int)Size("label_embed.weight", 0, 2)),
        };
        return faults.Count == 0 ? config : throw new CheckpointException(
            $"the checkpoint's sizes cannot be told\n  {string.Join("\n  ", faults.Distinct(StringComparer.Ordinal))}");
    }

    /// <summary>
    /// The model with these weights, float32 and in evaluation mode. float32 weights stay the file's own pages: none is copied.
    /// </summary>
    /// <exception cref="CheckpointException">Weights are missing, unexpected or wrongly shaped: the message lists all.</exception>
    public static Tag2TextModel Build(Tag2TextConfig config, IReadOnlyDictionary<string, CheckpointTensor> weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        Tag2TextModel model;
        using (Initial.Skip())
            model = new Tag2TextModel(config);
        try
        {
            var fitted = PublishedWeights.Fit(model, weights);
            model.Load(fitted.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal), name =>
            {
                using var scope = TensorScope.Begin();
                return scope.Return(fitted[name].Read().To(ScalarType.Float32));
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
}
