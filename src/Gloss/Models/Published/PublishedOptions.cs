using System.Globalization;
using System.Text.Json;

namespace Gloss.Models.Published;

/// <summary>
/// What the keys of a published checkpoint do not tell. The defaults are those of the published models
/// (github.com/xinyu1205/recognize-anything@7cb804a).
/// </summary>
public sealed record PublishedOptions
{
    /// <summary>Tags of the published Tag2Text; the fixed ids below are those of its list.</summary>
    public const int PublishedTags = 3429;

    private static readonly Dictionary<PublishedFamily, string> Kinds = new()
    {
        [PublishedFamily.Tag2Text] = "tag2text", [PublishedFamily.Ram] = "ram", [PublishedFamily.RamPlus] = "ram_plus",
        [PublishedFamily.Clip] = "clip",
    };

    // What no key of a checkpoint tells and no option changes.
    private static readonly Dictionary<string, string> Fixed = new()
    {
        ["bert.layer_norm_eps"] = "1e-12", ["bert.hidden_act"] = "gelu", ["activation"] = "quick_gelu",
    };

    private JsonElement facts;

    /// <summary>Side of the picture in pixels; null: 32 windows.</summary><value>null</value>
    public long? ImageSize { get; init; }

    /// <summary>
    /// Side of a window, when the model is to have another than the checkpoint; null: the checkpoint's.
    /// </summary>
    /// <value>null</value>
    public long? WindowSize { get; init; }

    /// <summary>Heads of the text parts.</summary><value>12</value>
    public long TextHeads { get; init; } = 12;

    /// <summary>Heads of the recognition decoder.</summary><value>4</value>
    public long TaggingHeadHeads { get; init; } = 4;

    /// <summary>Descriptions of each tag of a RAM++.</summary><value>51</value>
    public int TextsPerTag { get; init; } = 51;

    /// <summary>Added to variances by the image encoder's layer normalisation.</summary><value>1e-5</value>
    public double SwinNormEpsilon { get; init; } = 1e-5;

    /// <summary>
    /// Width of the image encoder's feed-forward layers over that of its tokens; null: as the first block's weights
    /// have it.
    /// </summary><value>null</value>
    public double? MlpRatio { get; init; }

    /// <summary>Words that every caption begins with.</summary><value>a picture of </value>
    public string Prompt { get; init; } = "a picture of ";

    /// <summary>Subtracted from each channel, 0–1; null: ImageNet's, CLIP's own for CLIP.</summary><value>null</value>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>Each channel is divided by this, 0–1; null: as <see cref="Mean"/>.</summary><value>null</value>
    public IReadOnlyList<float>? Deviation { get; init; }

    /// <summary>Probability above which a tag is given.</summary><value>0.68</value>
    public float Threshold { get; init; } = 0.68f;

    /// <summary>Probability above which a tag outside the vocabulary is given.</summary><value>0.5</value>
    public float OpenSetThreshold { get; init; } = 0.5f;

    /// <summary>
    /// Thresholds of single tags, by id; null: those of the published list (person, man, woman) when it has its length.
    /// </summary>
    public IReadOnlyDictionary<int, float>? TagThresholds { get; init; }

    /// <summary>Ids of tags that are never given; null: those of the published list when it has its length.</summary>
    public IReadOnlyList<int>? DeletedTags { get; init; }

    /// <summary>The thresholds of single tags for a list of that length.</summary>
    public IReadOnlyDictionary<int, float> ThresholdsFor(int tags) => TagThresholds
        ?? (tags == PublishedTags ? new Dictionary<int, float> { [1167] = 0.7f, [2701] = 0.7f, [2828] = 0.7f } : []);

    /// <summary>The deleted tags for a list of that length.</summary>
    public IReadOnlyList<int> DeletedFor(int tags) => DeletedTags
        ?? (tags == PublishedTags ? [127, 2961, 3265, 3338, 3351, 3355, 3359] : []);

    /// <summary>
    /// Reads the JSON form <c>{"image_size", "window_size", "swin_norm_eps", "mlp_ratio", "bert":
    /// {"num_attention_heads"}, "tagging_head": {"num_attention_heads"}, "texts_per_class", "prompt", "normalization":
    /// {"mean", "std"}, "threshold": {"default", "overrides": {id: value}, "open_set"}, "delete_tag_index": [id]}</c>.
    /// Every key may be absent; others are facts that the checkpoint's own keys tell: see <see cref="Contradictions"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The text is no such JSON.</exception>
    public static PublishedOptions Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Object)
                throw new JsonException($"expected an object, got {root.ValueKind}");
            var defaults = new PublishedOptions();
            float[]? Numbers(string key) => Find(root, "normalization", key)?.EnumerateArray()
                .Select(n => n.GetSingle()).ToArray();
            var options = defaults with
            {
                ImageSize = Find(root, "image_size")?.GetInt64(),
                WindowSize = Find(root, "window_size")?.GetInt64(),
                TextHeads = Find(root, "bert", "num_attention_heads")?.GetInt64() ?? defaults.TextHeads,
                TaggingHeadHeads = Find(root, "tagging_head", "num_attention_heads")?.GetInt64()
                    ?? defaults.TaggingHeadHeads,
                TextsPerTag = TextsOf(root) ?? defaults.TextsPerTag,
                MlpRatio = Find(root, "mlp_ratio")?.GetDouble(),
                SwinNormEpsilon = Find(root, "swin_norm_eps")?.GetDouble() ?? defaults.SwinNormEpsilon,
                Prompt = Find(root, "prompt")?.GetString() ?? defaults.Prompt,
                Mean = Numbers("mean"), Deviation = Numbers("std"),
                Threshold = Find(root, "threshold", "default")?.GetSingle() ?? defaults.Threshold,
                OpenSetThreshold = Find(root, "threshold", "open_set")?.GetSingle() ?? defaults.OpenSetThreshold,
                TagThresholds = Find(root, "threshold", "overrides")?.EnumerateObject().ToDictionary(
                    o => int.Parse(o.Name, CultureInfo.InvariantCulture), o => o.Value.GetSingle()),
                DeletedTags = Find(root, "delete_tag_index")?.EnumerateArray().Select(i => i.GetInt32()).ToArray(),
            };
            options.facts = root;
            return options.TextsPerTag >= 1
                ? options : throw new JsonException($"texts_per_class: expected at least 1, got {options.TextsPerTag}");
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new ArgumentException($"{source} is no config of a published checkpoint · {error.Message}", error);
        }
    }

    /// <summary>What the config says of a checkpoint and is not so: a line each.</summary>
    /// <param name="family">The family that the keys tell.</param>
    /// <param name="known">What the keys tell, by the config's own keys joined by dots: numbers, or lists of
    /// numbers.</param>
    public IEnumerable<string> Contradictions(PublishedFamily family,
        IReadOnlyDictionary<string, IReadOnlyList<double>> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (facts.ValueKind != JsonValueKind.Object)
            yield break;
        if (Find(facts, "kind") is { } kind && kind.ToString() != Kinds[family])
            yield return $"kind: the config says {kind}, the checkpoint is {Kinds[family]}";
        foreach (var (key, value) in known)
        {
            if (Find(facts, key.Split('.')) is not { } said)
                continue;
            if (Numbers(said) is { } numbers && numbers.SequenceEqual(value))
                continue;
            var expected = string.Join(", ", value.Select(number => number.ToString(CultureInfo.InvariantCulture)));
            yield return $"{key}: the config says {said}, the checkpoint has "
                + $"{(value.Count == 1 ? expected : $"[{expected}]")}";
        }
        foreach (var (key, value) in Fixed)
        {
            if (Find(facts, key.Split('.')) is { } said && !(said.ValueKind == JsonValueKind.Number
                ? said.TryGetDouble(out var number) && number.Equals(double.Parse(value, CultureInfo.InvariantCulture))
                    : said.ToString() == value))
                yield return $"{key}: the config says {said}, Gloss computes with {value}, as published";
        }
    }

    // A number, or a list of numbers; null: something else.
    private static double[]? Numbers(JsonElement said)
    {
        JsonElement[] items = said.ValueKind == JsonValueKind.Array ? [.. said.EnumerateArray()] : [said];
        return items.All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. items.Select(item => item.GetDouble())] : null;
    }

    private static int? TextsOf(JsonElement root) => Find(root, "texts_per_class")?.GetInt32();

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
