using System.Text.Json;

namespace Gloss.Models.Published;

/// <summary>
/// What the keys of a Grounding DINO checkpoint do not tell. The defaults are those of the published T and B.
/// </summary>
public sealed record PublishedGroundingOptions
{
    /// <summary>Heads of deformable attention and of the decoder.</summary><value>8</value>
    public long Heads { get; init; } = 8;

    /// <summary>Heads of the fusion; null: half of <see cref="Heads"/>.</summary><value>null</value>
    public long? FusionHeads { get; init; }

    /// <summary>Heads of the enhancer's text attention; null: half of <see cref="Heads"/>.</summary><value>null</value>
    public long? TextHeads { get; init; }

    /// <summary>Heads of the text tower.</summary><value>12</value>
    public long TowerHeads { get; init; } = 12;

    /// <summary>Base of the wave lengths of picture positions.</summary><value>20</value>
    public double PositionTemperature { get; init; } = 20;

    /// <summary>Most text tokens of a pass.</summary><value>256</value>
    public int MaxTextTokens { get; init; } = 256;

    /// <summary>Groups of the normalisation behind the projected maps.</summary><value>32</value>
    public long NormGroups { get; init; } = 32;

    /// <summary>
    /// Reads JSON with the keys of the official config (<c>nheads</c>, <c>pe_temperatureH</c>, <c>max_text_len</c>) or
    /// of Hugging Face's <c>config.json</c> (<c>encoder_attention_heads</c>, <c>positional_embedding_temperature</c>,
    /// <c>text_config.num_attention_heads</c>). Every key may be absent; others are facts that the weights tell.
    /// </summary>
    /// <exception cref="ArgumentException">The text is no such JSON.</exception>
    public static PublishedGroundingOptions Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            var defaults = new PublishedGroundingOptions();
            return new PublishedGroundingOptions
            {
                Heads = (Find(root, "nheads") ?? Find(root, "encoder_attention_heads"))?.GetInt64() ?? defaults.Heads,
                FusionHeads = Find(root, "fusion_heads")?.GetInt64(),
                TextHeads = Find(root, "text_layer_heads")?.GetInt64(),
                TowerHeads = (Find(root, "bert", "num_attention_heads")
                    ?? Find(root, "text_config", "num_attention_heads"))?.GetInt64()
                    ?? defaults.TowerHeads,
                PositionTemperature = (Find(root, "pe_temperatureH")
                    ?? Find(root, "positional_embedding_temperature"))?.GetDouble()
                    ?? defaults.PositionTemperature,
                MaxTextTokens = Find(root, "max_text_len")?.GetInt32() ?? defaults.MaxTextTokens,
                NormGroups = Find(root, "group_norm_groups")?.GetInt64() ?? defaults.NormGroups,
            };
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new ArgumentException($"{source} is no config of a Grounding DINO checkpoint · {error.Message}",
                error);
        }
    }

    private static JsonElement? Find(JsonElement root, params ReadOnlySpan<string> keys)
    {
        var element = root;
        foreach (var key in keys)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element))
                return null;
        }
        return element.ValueKind == JsonValueKind.Null ? null : element;
    }
}
