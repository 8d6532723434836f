using System.Text.Json;

namespace Gloss.Models.Published;

/// <summary>
/// What the keys of a published Tag2Text checkpoint do not tell. The defaults are those of
/// <c>tag2text_swin_14m.pth</c> (github.com/xinyu1205/recognize-anything@7cb804a).
/// </summary>
public sealed record PublishedOptions
{
    /// <summary>Tags of the published model; the fixed ids below are those of its list.</summary>
    public const int PublishedTags = 3429;

    /// <summary>Side of the picture in pixels; null: 32 windows.</summary><value>null</value>
    public long? ImageSize { get; init; }

    /// <summary>Side of a window, when the model is to have another than the checkpoint; null: the checkpoint's.</summary><value>null</value>
    public long? WindowSize { get; init; }

    /// <summary>Heads of the text parts.</summary><value>12</value>
    public long TextHeads { get; init; } = 12;

    /// <summary>Heads of the recognition decoder.</summary><value>4</value>
    public long TaggingHeadHeads { get; init; } = 4;

    /// <summary>Probability above which a tag is given.</summary><value>0.68</value>
    public float Threshold { get; init; } = 0.68f;

    /// <summary>Thresholds of single tags, by id; null: those of the published list (person, man, woman) when it has its length.</summary>
    public IReadOnlyDictionary<int, float>? TagThresholds { get; init; }

    /// <summary>Ids of tags that guide no caption; null: those of the published list when it has its length.</summary>
    public IReadOnlyList<int>? ExcludedTags { get; init; }

    /// <summary>The thresholds of single tags for a list of that length.</summary>
    public IReadOnlyDictionary<int, float> ThresholdsFor(int tags) => TagThresholds
        ?? (tags == PublishedTags ? new Dictionary<int, float> { [1167] = 0.7f, [2701] = 0.7f, [2828] = 0.7f } : []);

    /// <summary>The excluded tags for a list of that length.</summary>
    public IReadOnlyList<int> ExcludedFor(int tags) => ExcludedTags
        ?? (tags == PublishedTags ? [127, 2961, 3265, 3338, 3351, 3355, 3359] : []);

    /// <summary>
    /// Reads the JSON form <c>{"image_size", "window_size", "bert": {"num_attention_heads"}, "tagging_head":
    /// {"num_attention_heads"}, "threshold": {"default", "overrides": {id: value}}, "delete_tag_index": [id]}</c>. Every key
    /// may be absent; others are facts that the checkpoint's own keys tell, and are passed over.
    /// </summary>
    /// <exception cref="ArgumentException">The text is no such JSON.</exception>
    public static PublishedOptions Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            var defaults = new PublishedOptions();
            return defaults with
            {
                ImageSize = Find(root, "image_size")?.GetInt64(),
                WindowSize = Find(root, "window_size")?.GetInt64(),
                TextHeads = Find(root, "bert", "num_attention_heads")?.GetInt64() ?? defaults.TextHeads,
                TaggingHeadHeads = Find(root, "tagging_head", "num_attention_heads")?.GetInt64() ?? defaults.TaggingHeadHeads,
                Threshold = Find(root, "threshold", "default")?.GetSingle() ?? defaults.Threshold,
                TagThresholds = Find(root, "threshold", "overrides")?.EnumerateObject().ToDictionary(
                    o => int.Parse(o.Name, System.Globalization.CultureInfo.InvariantCulture), o => o.Value.GetSingle()),
                ExcludedTags = Find(root, "delete_tag_index")?.EnumerateArray().Select(i => i.GetInt32()).ToArray(),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new ArgumentException($"{source} is no config of a published checkpoint · {error.Message}", error);
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
        return element;
    }
}
