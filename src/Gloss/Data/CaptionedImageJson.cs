using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gloss.Data;

/// <summary>
/// Reads one picture's JSON object: <c>image</c> or <c>image_path</c>, <c>split</c>, <c>captions</c> or <c>caption</c>,
/// <c>tags</c>, and Tag2Text's <c>parse_label_id</c> and <c>union_label_id</c>. Other keys are left alone.
/// </summary>
internal static partial class CaptionedImageJson
{
    /// <summary>Reads an object.</summary>
    /// <param name="item">The object.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="resolve">Makes the picture's path of the one given; null where the picture comes from
    /// elsewhere.</param>
    /// <param name="reading">In which manner.</param>
    /// <exception cref="DatasetException">A key is missing or of another kind.</exception>
    public static CaptionedImage Read(JsonElement item, string place, Func<string, string>? resolve,
        DatasetReading reading)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw Fault(place, null, "an object", item);
        var isRepaired = false;
        var captions = Strings(item, "captions", place, ref isRepaired)
            ?? Strings(item, "caption", place, ref isRepaired);
        if (reading.CaptionsOnly && resolve is not null
            && (captions is null || (captions.Length == 0 && reading.Report is not null)))
            throw Fault(place, null, "an object with captions or caption", item);
        var image = Text(item, "image", place, ref isRepaired) ?? Text(item, "image_path", place, ref isRepaired);
        var described = new CaptionedImage
        {
            ImagePath = "", Name = image ?? "", Split = Text(item, "split", place, ref isRepaired),
            Captions = captions ?? [],
        };
        if (isRepaired)
            reading.NoteInvalidText();
        return reading.CaptionsOnly ? described : WithLabels(item, described, image, place, resolve);
    }

    /// <summary>A JSON text. What is no UTF-8 in it, or half of a character, becomes U+FFFD.</summary>
    public static string Text(JsonElement text, ref bool isRepaired)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            isRepaired = true;
            var raw = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text));
            // Halves of characters are no longer escaped here, and encoding them puts U+FFFD in their place.
            raw = Escape().Replace(raw, escape => escape.Groups[1] is { Success: true } code
                && (char)int.Parse(code.ValueSpan, NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture) is var character
                && char.IsSurrogate(character) ? character.ToString() : escape.Value);
            return JsonSerializer.Deserialize<string>(Encoding.UTF8.GetBytes(raw))!;
        }
    }

    private static CaptionedImage WithLabels(JsonElement item, CaptionedImage described, string? image, string place,
        Func<string, string>? resolve)
    {
        var parsed = ParseLabels(item, place);
        if (parsed is not null && parsed.Length != described.Captions.Count)
        {
            throw new DatasetException(
                $"{place} · parse_label_id · expected one list for each of {described.Captions.Count} captions, got "
                + $"{parsed.Length}");
        }
        if (resolve is not null && string.IsNullOrEmpty(image))
            throw new DatasetException(
                $"{place} · image · expected the picture's path under image or image_path, got none");
        var isRepaired = false;
        return described with
        {
            ImagePath = resolve is null ? "" : resolve(image!),
            Tags = Strings(item, "tags", place, ref isRepaired) ?? [],
            ParseLabelIds = parsed,
            UnionLabelIds = Value(item, "union_label_id") is { } union ? Ids(union, place, "union_label_id") : null,
        };
    }

    [GeneratedRegex(@"\\(?:u([0-9a-fA-F]{4})|.)")]
    private static partial Regex Escape();

    private static JsonElement? Value(JsonElement item, string key) =>
        item.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement item, string key, string place, ref bool isRepaired) =>
        Value(item, key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Text(value, ref isRepaired),
        { } value => throw Fault(place, key, "a text", value),
    };

    // A text alone is a list of one; a text with more to it stands in an object.
    private static string[]? Strings(JsonElement item, string key, string place, ref bool isRepaired)
    {
        if (Value(item, key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            return [OneText(value, key, "a text or a list of texts", place, ref isRepaired)];
        var texts = new string[value.GetArrayLength()];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = OneText(value[i], key, "texts", place, ref isRepaired);
        return texts;
    }

    private static string OneText(JsonElement value, string key, string expected, string place, ref bool isRepaired)
    {
        var text = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("text", out var inner)
            ? inner : value;
        return text.ValueKind == JsonValueKind.String
            ? Text(text, ref isRepaired) : throw Fault(place, key, expected, value);
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
        var text = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(got));
        return new DatasetException(
            $"{place}{(key is null ? "" : $" · {key}")} · expected {expected}, got "
            + $"{(text.Length > 60 ? text[..60] + "…" : text)}");
    }
}
