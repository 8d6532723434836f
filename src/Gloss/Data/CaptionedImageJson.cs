using System.Text.Json;

namespace Gloss.Data;

/// <summary>
/// Reads one picture's JSON object: <c>image</c> or <c>image_path</c>, <c>split</c>, <c>captions</c> or <c>caption</c>,
/// <c>tags</c>, and Tag2Text's <c>parse_label_id</c> and <c>union_label_id</c>. Other keys are left alone.
/// </summary>
internal static class CaptionedImageJson
{
    /// <summary>Reads an object.</summary>
    /// <param name="item">The object.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="resolve">Makes the picture's path of the one given; null where the picture comes from elsewhere.</param>
    /// <exception cref="DatasetException">A key is missing or of another kind.</exception>
    public static CaptionedImage Read(JsonElement item, string place, Func<string, string>? resolve)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw Fault(place, null, "an object", item);
        var captions = Strings(item, "captions", place) ?? Strings(item, "caption", place) ?? [];
        var parsed = ParseLabels(item, place);
        if (parsed is not null && parsed.Length != captions.Length)
            throw new DatasetException($"{place} · parse_label_id · expected one list for each of {captions.Length} captions, got {parsed.Length}");
        var image = Text(item, "image", place) ?? Text(item, "image_path", place);
        if (resolve is not null && string.IsNullOrEmpty(image))
            throw new DatasetException($"{place} · image · expected the picture's path under image or image_path, got none");
        return new CaptionedImage
        {
            ImagePath = resolve is null ? "" : resolve(image!),
            Name = image ?? "",
            Split = Text(item, "split", place),
            Captions = captions,
            Tags = Strings(item, "tags", place) ?? [],
            ParseLabelIds = parsed,
            UnionLabelIds = Value(item, "union_label_id") is { } union ? Ids(union, place, "union_label_id") : null,
        };
    }

    private static JsonElement? Value(JsonElement item, string key) =>
        item.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement item, string key, string place) => Value(item, key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Fault(place, key, "a text", value),
    };

    // A text alone is a list of one.
    private static string[]? Strings(JsonElement item, string key, string place)
    {
        if (Value(item, key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array)
            throw Fault(place, key, "a text or a list of texts", value);
        return value.EnumerateArray().Select(text =>
            text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Fault(place, key, "texts", text)).ToArray();
    }

    // A list for each caption; a flat list belongs to the one caption.
    private static int[][]? ParseLabels(JsonElement item, string place)
    {
        const string key = "parse_label_id";
        if (Value(item, key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Fault(place, key, "a list of lists of numbers", value);
        var isFlat = value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number;
        return isFlat ? [Ids(value, place, key)] : value.EnumerateArray().Select(ids => Ids(ids, place, key)).ToArray();
    }

    private static int[] Ids(JsonElement value, string place, string key)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw Fault(place, key, "a list of numbers", value);
        return value.EnumerateArray().Select(id =>
            id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
                ? number : throw Fault(place, key, "whole numbers from 0", id)).ToArray();
    }

    private static DatasetException Fault(string place, string? key, string expected, JsonElement got)
    {
        var text = got.GetRawText();
        return new DatasetException($"{place}{(key is null ? "" : $" · {key}")} · expected {expected}, got {(text.Length > 60 ? text[..60] + "…" : text)}");
    }
}
