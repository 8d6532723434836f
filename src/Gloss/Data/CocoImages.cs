using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gloss.Data;

/// <summary>
/// Reads COCO's annotation files: <c>images</c> and <c>annotations</c>, with captions (captions_*.json) or categories
/// (instances_*.json). The annotations of a picture stand anywhere in the file, so it is read as a whole.
/// </summary>
internal static class CocoImages
{
    public static IEnumerable<CaptionedImage> Read(string path, Stream stream, string imageFolder,
        DatasetReading reading)
    {
        if (Open(path, stream, reading) is not { Images: { } images, Annotations: { } annotations } file)
            return [];
        for (var i = 0; i < images.Count; i++)
            NoteFaults(images[i].Fault, images[i].IsRepaired, $"{path}, image {i + 1}", reading);
        images.RemoveAll(image => image.Fault is not null);
        var known = images.Select(image => image.Id).ToHashSet();
        var categories = (file.Categories ?? []).DistinctBy(c => c.Id).ToDictionary(c => c.Id, c => c.Name);
        for (var i = 0; i < annotations.Count; i++)
        {
            annotations[i].Fault ??= FaultOf(annotations[i], known, categories, reading);
            NoteFaults(annotations[i].Fault, annotations[i].IsRepaired, $"{path}, annotation {i + 1}", reading);
        }
        var ofImage = annotations.Where(a => a.Fault is null).ToLookup(a => a.ImageId);
        return images.Where(image => !reading.CaptionsOnly || HasCaption(image, ofImage[image.Id].Any(), path, reading))
            .Select(image =>
            new CaptionedImage
            {
                ImagePath = Path.Combine(imageFolder, image.FileName),
                Name = image.FileName,
                Id = image.Id,
                Captions = ofImage[image.Id].Where(a => a.Caption is not null).Select(a => a.Caption!).ToArray(),
                Tags = reading.CaptionsOnly ? [] : ofImage[image.Id].Where(a => a.CategoryId is not null)
                    .Select(a => categories[a.CategoryId!.Value]).Distinct(StringComparer.Ordinal).ToArray(),
            });
    }

    private static CocoFile? Open(string path, Stream stream, DatasetReading reading)
    {
        CocoFile? file = null;
        try
        {
            using (stream)
                reading.TryNext(() => (file = JsonSerializer.Deserialize<CocoFile>(stream)) is not null, path);
        }
        catch (JsonException error)
        {
            reading.Fail(
                new DatasetException($"{path} · expected COCO annotations (images, annotations) · {error.Message}",
                error));
            return null;
        }
        if (file is { Images: null } or { Annotations: null })
        {
            reading.Fail(new DatasetException($"{path} · expected the lists images and annotations, got "
                + $"{(file.Images is null ? "no images" : "no annotations")} · hint: COCO's captions_*.json or "
                + $"instances_*.json, or a JSON list"));
        }
        return file;
    }

    private static string? FaultOf(CocoAnnotation annotation, HashSet<long> known, Dictionary<long, string> categories,
        DatasetReading reading)
    {
        if (!known.Contains(annotation.ImageId))
            return $"image_id · expected the id of a picture in images, got {annotation.ImageId}";
        if (reading.CaptionsOnly)
            return annotation.Caption is null ? "caption · expected a text, got none" : null;
        return annotation.CategoryId is { } id && !categories.ContainsKey(id)
            ? $"category_id · expected the id of a category, got {id}" : null;
    }

    private static void NoteFaults(string? fault, bool isRepaired, string place, DatasetReading reading)
    {
        if (fault is not null)
            reading.Fail(new DatasetException($"{place} · {fault}"));
        else if (isRepaired)
            reading.NoteInvalidText();
    }

    private static bool HasCaption(CocoImage image, bool hasAny, string path, DatasetReading reading)
    {
        if (!hasAny && reading.Report is { } report)
            report.AddUnreadable($"{path} · {image.FileName} · expected captions, got none");
        return hasAny;
    }

    private sealed record CocoFile
    {
        [JsonPropertyName("images")] public List<CocoImage>? Images { get; init; }

        [JsonPropertyName("annotations")] public List<CocoAnnotation>? Annotations { get; init; }

        [JsonPropertyName("categories")] public List<CocoCategory>? Categories { get; init; }
    }

    [JsonConverter(typeof(ImageConverter))]
    private sealed record CocoImage(long Id, string FileName, string? Fault, bool IsRepaired);

    [JsonConverter(typeof(AnnotationConverter))]
    private sealed record CocoAnnotation(long ImageId, string? Caption, long? CategoryId, bool IsRepaired)
    {
        public string? Fault { get; set; }
    }

    private sealed record CocoCategory
    {
        [JsonPropertyName("id")] public required long Id { get; init; }

        [JsonPropertyName("name")] public required string Name { get; init; }
    }

    // An entry of another form is kept with its fault, so that the others are read.
    private sealed class ImageConverter : JsonConverter<CocoImage>
    {
        public override bool HandleNull => true;

        public override CocoImage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var (item, isRepaired) = (document.RootElement, false);
            if (Whole(item, "id") is not { } id)
                return new CocoImage(0, "", "id · expected a whole number", false);
            return TextOf(item, "file_name", ref isRepaired) is { Length: > 0 } name
                ? new CocoImage(id, name, null, isRepaired)
                    : new CocoImage(id, "", "file_name · expected a text", false);
        }

        public override void Write(Utf8JsonWriter writer, CocoImage value, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }

    private sealed class AnnotationConverter : JsonConverter<CocoAnnotation>
    {
        public override bool HandleNull => true;

        public override CocoAnnotation Read(ref Utf8JsonReader reader, Type typeToConvert,
            JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var (item, isRepaired) = (document.RootElement, false);
            if (Whole(item, "image_id") is not { } image)
                return new CocoAnnotation(0, null, null, false) { Fault = "image_id · expected a whole number" };
            return new CocoAnnotation(image, TextOf(item, "caption", ref isRepaired), Whole(item, "category_id"),
                isRepaired);
        }

        public override void Write(Utf8JsonWriter writer, CocoAnnotation value, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }

    private static long? Whole(JsonElement item, string key) => item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var number) ? number : null;

    private static string? TextOf(JsonElement item, string key, ref bool isRepaired) =>
        item.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String
            ? CaptionedImageJson.Text(value, ref isRepaired) : null;
}
