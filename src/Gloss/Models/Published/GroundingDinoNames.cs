using System.Globalization;
using System.Text.RegularExpressions;

namespace Gloss.Models.Published;

/// <summary>Names of Grounding DINO's weights in Hugging Face's port, turned into those of the official code.</summary>
/// <remarks>
/// Naming: github.com/huggingface/transformers v4.57.3, <c>models/grounding_dino</c>. Queries, keys and values are
/// stored apart there and in one matrix in the official code.
/// </remarks>
internal static class GroundingDinoNames
{
    private const string Swin = "model.backbone.conv_encoder.model.";
    private const string Layer = @"^model\.encoder\.layers\.(\d+)\.";
    private const string Decoder = @"^model\.decoder\.layers\.(\d+)\.";

    // The first that fits is applied; a part "{qkv}" marks what is joined.
    private static readonly (Regex From, string To)[] rules =
    [
        Rule($@"^{Regex.Escape(Swin)}embeddings\.patch_embeddings\.projection\.", "backbone.0.patch_embed.proj."),
        Rule($@"^{Regex.Escape(Swin)}embeddings\.norm\.", "backbone.0.patch_embed.norm."),
        Rule($@"^{Regex.Escape(Swin)}hidden_states_norms\.stage(\d+)\.", "backbone.0.norm{stage}."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.attention\.self\.(query|key|value)\.",
            "backbone.0.layers.$1.blocks.$2.attn.qkv.{$3}"),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.attention\.self\.",
            "backbone.0.layers.$1.blocks.$2.attn."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.attention\.output\.dense\.",
            "backbone.0.layers.$1.blocks.$2.attn.proj."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.layernorm_before\.",
            "backbone.0.layers.$1.blocks.$2.norm1."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.layernorm_after\.",
            "backbone.0.layers.$1.blocks.$2.norm2."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.intermediate\.dense\.",
            "backbone.0.layers.$1.blocks.$2.mlp.fc1."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.blocks\.(\d+)\.output\.dense\.",
            "backbone.0.layers.$1.blocks.$2.mlp.fc2."),
        Rule($@"^{Regex.Escape(Swin)}encoder\.layers\.(\d+)\.downsample\.", "backbone.0.layers.$1.downsample."),
        Rule(@"^model\.text_backbone\.", "bert."),
        Rule(@"^model\.text_projection\.", "feat_map."),
        Rule(@"^model\.input_proj_vision\.", "input_proj."),
        Rule(@"^model\.level_embed$", "transformer.level_embed"),
        Rule(@"^model\.query_position_embeddings\.", "transformer.tgt_embed."),
        Rule(@"^model\.enc_output(_norm)?\.", "transformer.enc_output$1."),
        Rule(@"^model\.encoder_output_bbox_embed\.", "transformer.enc_out_bbox_embed."),
        Rule($@"{Layer}deformable_layer\.fc([12])\.", "transformer.encoder.layers.$1.linear$2."),
        Rule($@"{Layer}deformable_layer\.self_attn_layer_norm\.", "transformer.encoder.layers.$1.norm1."),
        Rule($@"{Layer}deformable_layer\.final_layer_norm\.", "transformer.encoder.layers.$1.norm2."),
        Rule($@"{Layer}deformable_layer\.", "transformer.encoder.layers.$1."),
        Rule($@"{Layer}text_enhancer_layer\.self_attn\.(query|key|value)\.",
            "transformer.encoder.text_layers.$1.self_attn.in_proj_{$2}"),
        Rule($@"{Layer}text_enhancer_layer\.fc([12])\.", "transformer.encoder.text_layers.$1.linear$2."),
        Rule($@"{Layer}text_enhancer_layer\.layer_norm_before\.", "transformer.encoder.text_layers.$1.norm1."),
        Rule($@"{Layer}text_enhancer_layer\.layer_norm_after\.", "transformer.encoder.text_layers.$1.norm2."),
        Rule($@"{Layer}text_enhancer_layer\.", "transformer.encoder.text_layers.$1."),
        Rule($@"{Layer}fusion_layer\.text_param$", "transformer.encoder.fusion_layers.$1.gamma_l"),
        Rule($@"{Layer}fusion_layer\.vision_param$", "transformer.encoder.fusion_layers.$1.gamma_v"),
        Rule($@"{Layer}fusion_layer\.layer_norm_(t|v)(?:ext|ision)\.",
            "transformer.encoder.fusion_layers.$1.layer_norm_<$2>."),
        Rule($@"{Layer}fusion_layer\.attn\.(values_|out_)?(t|v)(?:ext|ision)_proj\.",
            "transformer.encoder.fusion_layers.$1.attn.$2<$3>_proj."),
        Rule(@"^model\.decoder\.layer_norm\.", "transformer.decoder.norm."),
        Rule(@"^model\.decoder\.reference_points_head\.", "transformer.decoder.ref_point_head."),
        Rule(@"^model\.decoder\.bbox_embed\.", "transformer.decoder.bbox_embed."),
        Rule($@"{Decoder}encoder_attn_text\.(query|key|value)\.", "transformer.decoder.layers.$1.ca_text.in_proj_{$2}"),
        Rule($@"{Decoder}encoder_attn_text\.", "transformer.decoder.layers.$1.ca_text."),
        Rule($@"{Decoder}encoder_attn_text_layer_norm\.", "transformer.decoder.layers.$1.catext_norm."),
        Rule($@"{Decoder}encoder_attn\.", "transformer.decoder.layers.$1.cross_attn."),
        Rule($@"{Decoder}encoder_attn_layer_norm\.", "transformer.decoder.layers.$1.norm1."),
        Rule($@"{Decoder}self_attn\.(query|key|value)\.", "transformer.decoder.layers.$1.self_attn.in_proj_{$2}"),
        Rule($@"{Decoder}self_attn\.", "transformer.decoder.layers.$1.self_attn."),
        Rule($@"{Decoder}self_attn_layer_norm\.", "transformer.decoder.layers.$1.norm2."),
        Rule($@"{Decoder}final_layer_norm\.", "transformer.decoder.layers.$1.norm3."),
        Rule($@"{Decoder}fc([12])\.", "transformer.decoder.layers.$1.linear$2."),
    ];

    /// <summary>Whether a checkpoint has the port's names.</summary>
    public static bool AreHuggingFace(IEnumerable<string> names) =>
        names.Any(n => n.StartsWith("model.text_backbone.", StringComparison.Ordinal));

    /// <summary>
    /// The official name, and where the entry is one of three that stand in one matrix, its place: 0, 1 or 2.
    /// </summary>
    public static (string Name, int? Part) Official(string name)
    {
        foreach (var (from, to) in rules)
        {
            var match = from.Match(name);
            if (!match.Success)
                continue;
            var result = match.Result(to) + name[match.Length..];
            if (result.Contains("{stage}", StringComparison.Ordinal))
            {
                var stage = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
                result = result.Replace("{stage}", (stage - 1).ToString(CultureInfo.InvariantCulture),
                    StringComparison.Ordinal);
            }
            result = result.Replace("<t>", "l", StringComparison.Ordinal).Replace("<v>", "v", StringComparison.Ordinal);
            string[] parts = ["{query}", "{key}", "{value}"];
            for (var i = 0; i < parts.Length; i++)
            {
                if (result.Contains(parts[i], StringComparison.Ordinal))
                    return (result.Replace(parts[i], "", StringComparison.Ordinal), i);
            }
            return (result, null);
        }
        return (name, null);
    }

    private static (Regex, string) Rule(string from, string to) => (new Regex(from, RegexOptions.CultureInvariant), to);
}
