using System.Text.Json;

namespace Gloss.Data;

/// <summary>
/// Captions of another program in COCO's results format: a JSON list of <c>{"image_id": 42, "caption": "…"}</c>, one a
/// picture.
/// </summary>
public static class CaptionResults
{
    private const int MostNamed = 5;

    /// <summary>Reads a file and puts the captions beside the pictures that they are of.</summary>
    /// <param name="path">The results.</param>
    /// <param name="images">
    /// The data set's pictures. A number as image id is a picture's <see cref="CaptionedImage.Id"/>; a text is the name
    /// of its file, with or without folders and extension.
    /// </param>
    /// <returns>The pictures that the results are of, with their captions, in the order of the file.</returns>
    /// <exception cref="DatasetException">The file is of another form, or names an unknown picture or one
    /// twice.</exception>
    public static IReadOnlyList<(CaptionedImage Image, string Caption)> Read(string path,
        IReadOnlyList<CaptionedImage> images)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(images);
        var known = Keys(images);
        var results = new List<(CaptionedImage, string)>();
        var (seen, unknown) = (new HashSet<CaptionedImage>(ReferenceEqualityComparer.Instance), new List<string>());
        using var document = Parse(path);
        foreach (var item in document.RootElement.EnumerateArray())
        {
            var place = $"{path}, result {results.Count + unknown.Count + 1}";
            var isRepaired = false;
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("image_id", out var id)
                || !item.TryGetProperty("caption", out var caption)
                || id.ValueKind is not (JsonValueKind.Number or JsonValueKind.String)
                    || caption.ValueKind != JsonValueKind.String)
                throw new DatasetException(
                    $"{place} · expected an object with image_id (a number or a text) and caption (a text), got "
                    + $"{Shortened(item)}");
            var name = id.ValueKind == JsonValueKind.Number
                ? id.GetRawText() : CaptionedImageJson.Text(id, ref isRepaired);
            if (!known.TryGetValue(name, out var image))
                unknown.Add(name);
            else if (!seen.Add(image))
                throw new DatasetException($"{place} · image_id {name} · expected one caption a picture, got a second");
            else
                results.Add((image, CaptionedImageJson.Text(caption, ref isRepaired)));
        }
        if (unknown.Count > 0)
        {
            throw new DatasetException(
                $"{path} · {unknown.Count} results are of no picture of the data set: "
                + $"{string.Join(", ", unknown.Take(MostNamed))}"
                + $"{(unknown.Count > MostNamed ? ", …" : "")} · hint: another split? image_id is COCO's number or the "
                + $"name of the picture's file");
        }
        return results.Count > 0 ? results : throw new DatasetException($"{path} · no results");
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Array ? document
                : throw new DatasetException(
                    $"{path} · expected COCO results, a JSON list of image_id and caption, got "
                    + $"{Shortened(document.RootElement)}");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                $"{path} · expected COCO results, a JSON list of image_id and caption · {error.Message}", error);
        }
    }

    // Full names go before short ones, which may be of several pictures: those name none.
    private static Dictionary<string, CaptionedImage> Keys(IReadOnlyList<CaptionedImage> images)
    {
        var keys = new Dictionary<string, CaptionedImage>(StringComparer.Ordinal);
        foreach (var image in images)
        {
            if (image.Id is { } id)
                keys.TryAdd(id.ToString(System.Globalization.CultureInfo.InvariantCulture), image);
            keys.TryAdd(image.Name, image);
        }
        foreach (var shorten in new Func<string, string>[] { name => Path.GetFileName(name),
            name => Path.GetFileNameWithoutExtension(name) })
        {
            foreach (var group in images.GroupBy(image => shorten(image.Name), StringComparer.Ordinal)
                .Where(group => group.Count() == 1))
                keys.TryAdd(group.Key, group.Single());
        }
        return keys;
    }

    private static string Shortened(JsonElement element) => element.GetRawText() is { Length: > 60 } text
        ? text[..60] + "…" : element.GetRawText();
}
