using Gloss.Models.Clip;

namespace Gloss.Inference;

/// <summary>What the weights of a published checkpoint say of its sizes, to compare a config with.</summary>
internal static class ConfigFacts
{
    /// <summary>By the keys of <see cref="Gloss.Models.Published.PublishedOptions"/>'s JSON, joined by dots.</summary>
    public static Dictionary<string, IReadOnlyList<double>> Of(ModelConfig config)
    {
        var known = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        var swin = (config.Tag2Text?.ImageEncoder ?? config.Ram?.ImageEncoder ?? config.RamPlus?.ImageEncoder)?.Swin;
        if (swin is not null)
        {
            known["embed_dim"] = [swin.EmbedDim];
            known["patch_size"] = [swin.PatchSize];
            (known["mlp_ratio"], known["vision_width"]) = ([swin.MlpRatio], [swin.Width]);
            known["depths"] = [.. swin.Depths.Select(d => (double)d)];
            known["num_heads"] = [.. swin.NumHeads.Select(h => (double)h)];
            known["num_class"] = [config.TagCount!.Value];
        }
        void Head(long hidden, long inner, int layers, long width)
        {
            (known["tagging_head.hidden_size"], known["tagging_head.intermediate_size"]) = ([hidden], [inner]);
            (known["tagging_head.num_hidden_layers"], known["tagging_head.encoder_width"]) = ([layers], [width]);
        }
        if (config.Tag2Text is { } tag2Text)
            Head(tag2Text.HiddenSize, tag2Text.IntermediateSize, tag2Text.TaggingHead!.Layers, swin!.Width);
        if (config.Ram is { } ram)
            Head(ram.HiddenSize, ram.IntermediateSize, ram.TaggingHeadLayers, ram.EmbeddingSize);
        if (config.RamPlus is { } plus)
            Head(plus.HiddenSize, plus.IntermediateSize, plus.TaggingHeadLayers, plus.EmbeddingSize);
        void Text(long hidden, long inner, long words, long positions, int layers)
        {
            (known["bert.tag_encoder_encoder_width"], known["bert.text_decoder_encoder_width"]) =
                (known["tagging_head.encoder_width"], [hidden]);
            (known["bert.hidden_size"], known["bert.intermediate_size"]) = ([hidden], [inner]);
            (known["bert.vocab_size"], known["bert.max_position_embeddings"], known["bert.num_hidden_layers"]) =
                ([words], [positions], [layers]);
        }
        if (config.Tag2Text is { HasCaptions: true } t)
            Text(t.HiddenSize, t.IntermediateSize, t.VocabularySize, t.MaxPositions, t.TextDecoderLayers);
        if (config.Ram is { HasCaptions: true } r)
            Text(r.HiddenSize, r.IntermediateSize, r.VocabularySize, r.MaxPositions, r.TextDecoderLayers);
        if (config.Clip is { } clip)
        {
            (known["embed_dim"], known["image_resolution"], known["vision_patch_size"]) =
                ([clip.EmbeddingSize], [clip.ImageSize], [clip.PatchSize]);
            (known["vision_layers"], known["vision_width"]) = ([clip.VisionLayers], [clip.VisionWidth]);
            (known["transformer_layers"], known["transformer_width"]) = ([clip.TextLayers], [clip.TextWidth]);
            (known["vision_heads"], known["transformer_heads"]) =
                ([clip.VisionWidth / ClipConfig.HeadWidth], [clip.TextWidth / ClipConfig.HeadWidth]);
            (known["context_length"], known["vocab_size"]) = ([clip.ContextLength], [clip.VocabularySize]);
        }
        return known;
    }
}
