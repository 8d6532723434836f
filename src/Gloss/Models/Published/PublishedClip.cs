using System.Text.RegularExpressions;
using Gloss.Torch;

namespace Gloss.Models.Published;

/// <summary>
/// CLIP's checkpoints: those of github.com/openai/CLIP as they are, and those whose names are transformers'
/// (CLIPModel), whose queries, keys and values are put together again.
/// </summary>
internal static partial class PublishedClip
{
    private static readonly string[] Facts = ["input_resolution", "context_length", "vocab_size"];

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["logit_scale"] = "logit_scale",
        ["text_model.embeddings.token_embedding.weight"] = "token_embedding.weight",
        ["text_model.embeddings.position_embedding.weight"] = "positional_embedding",
        ["text_model.final_layer_norm.weight"] = "ln_final.weight",
        ["text_model.final_layer_norm.bias"] = "ln_final.bias",
        ["text_projection.weight"] = "text_projection",
        ["visual_projection.weight"] = "visual.proj",
        ["vision_model.embeddings.class_embedding"] = "visual.class_embedding",
        ["vision_model.embeddings.patch_embedding.weight"] = "visual.conv1.weight",
        ["vision_model.embeddings.position_embedding.weight"] = "visual.positional_embedding",
        ["vision_model.pre_layrnorm.weight"] = "visual.ln_pre.weight",
        ["vision_model.pre_layrnorm.bias"] = "visual.ln_pre.bias",
        ["vision_model.post_layernorm.weight"] = "visual.ln_post.weight",
        ["vision_model.post_layernorm.bias"] = "visual.ln_post.bias",
    };

    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["layer_norm1"] = "ln_1", ["layer_norm2"] = "ln_2", ["self_attn.out_proj"] = "attn.out_proj",
        ["mlp.fc1"] = "mlp.c_fc", ["mlp.fc2"] = "mlp.c_proj",
    };

    /// <summary>Whether names are those of CLIP with a vision transformer.</summary>
    public static bool IsClip(IReadOnlyCollection<string> names) => IsTransformers(names)
        || (names.Contains("visual.conv1.weight") && names.Contains("text_projection"));

    /// <summary>
    /// The weights under the names that Gloss's model has; facts on sizes and numbers of positions are left out.
    /// </summary>
    /// <exception cref="CheckpointException">Parts of a layer's queries, keys and values are missing.</exception>
    public static Dictionary<string, WeightSource> Rename(IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        var isTransformers = IsTransformers(tensors.Keys.ToList());
        var result = new Dictionary<string, WeightSource>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            if (Facts.Contains(name) || name.EndsWith(".position_ids", StringComparison.Ordinal))
                continue;
            if (!isTransformers)
                result[name] = PublishedWeights.Source(tensor);
            else if (name is "text_projection.weight" or "visual_projection.weight")
                result[Names[name]] = Transposed(tensor);
            else if (Names.TryGetValue(name, out var own))
                result[own] = PublishedWeights.Source(tensor);
            else if (LayerPattern().Match(name) is { Success: true } match)
                Add(match, tensor);
            else
                result[name] = PublishedWeights.Source(tensor);
        }
        return result;

        void Add(Match match, CheckpointTensor tensor)
        {
            var (part, kind) = (match.Groups["part"].Value, match.Groups["kind"].Value);
            var layer =
                $"{(match.Groups["side"].Value == "vision" ? "visual." : "")}transformer.resblocks.{match.Groups["number"].Value}.";
            if (Parts.TryGetValue(part, out var own))
                result[$"{layer}{own}.{kind}"] = PublishedWeights.Source(tensor);
            else if (part == "self_attn.q_proj")
                result[$"{layer}attn.in_proj_{kind}"] = Together(tensors, match.Value, tensor);
            else if (part is not ("self_attn.k_proj" or "self_attn.v_proj"))
                result[match.Value] = PublishedWeights.Source(tensor);
        }
    }

    private static bool IsTransformers(IReadOnlyCollection<string> names) =>
        names.Contains("visual_projection.weight") && names.Contains("text_model.embeddings.token_embedding.weight");

    private static WeightSource Transposed(CheckpointTensor tensor) =>
        tensor.Shape.Length != 2 ? PublishedWeights.Source(tensor)
        : new([tensor.Shape[1], tensor.Shape[0]], () => tensor.Read().Transpose(0, 1).Contiguous(), tensor.Release);

    private static WeightSource Together(IReadOnlyDictionary<string, CheckpointTensor> tensors, string queryName,
        CheckpointTensor query)
    {
        CheckpointTensor Find(string part) =>
            tensors.TryGetValue(queryName.Replace(".q_proj.", part, StringComparison.Ordinal), out var tensor)
            && tensor.Shape.AsSpan().SequenceEqual(query.Shape) ? tensor
            : throw new CheckpointException($"'{queryName}' {query} has no fellow '{part.Trim('.')}' of its shape");
        var (key, value) = (Find(".k_proj."), Find(".v_proj."));
        return new([3 * query.Shape[0], .. query.Shape[1..]],
            () => TensorShape.Concatenate(0, query.Read(), key.Read(), value.Read()),
            () =>
            {
                query.Release();
                key.Release();
                value.Release();
            });
    }

    [GeneratedRegex(
        @"^(?<side>text|vision)_model\.encoder\.layers\.(?<number>[0-9]+)\.(?<part>.+)\.(?<kind>weight|bias)$")]
    private static partial Regex LayerPattern();
}
