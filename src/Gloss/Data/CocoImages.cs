using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gloss.Data;

/// <summary>
/// Reads COCO's annotation files: <c>images</c> and <c>annotations</c>, with captions (captions_*.json) or categories
/// (instances_*.json). The annotations of a picture stand anywhere in the file, so it is read as a whole.
/// </summary>
internal static class CocoImages
{
    public static IEnumerable<CaptionedImage> Read(string path, Stream stream, string imageFolder)
    {
        CocoFile file;
        try
        {
            using (stream)
                file = JsonSerializer.Deserialize<CocoFile>(stream)!;
        }
        catch (JsonException error)
        {
            throw new DatasetException($"{path} · expected COCO annotations (images, annotations) · {error.Message}", error);
        }
        if (file.Images is null || file.Annotations is null)
        {
            throw new DatasetException($"{path} · expected the lists images and annotations, got " +
                $"{(file.Images is null ? "no images" : "no annotations")} · hint: COCO's captions_*.json or instances_*.json, or a JSON list");
        }
        var categories = (file.Categories ?? []).ToDictionary(c => c.Id, c => c.Name);
        var known = file.Images.Select(image => image.Id).ToHashSet();
        for (var i = 0; i < file.Annotations.Count; i++)
        {
            var annotation = file.Annotations[i];
            if (!known.Contains(annotation.ImageId))
                throw new DatasetException($"{path}, annotation {i + 1} · image_id · expected the id of a picture in images, got {annotation.ImageId}");
            if (annotation.CategoryId is { } id && !categories.ContainsKey(id))
                throw new DatasetException($"{path}, annotation {i + 1} · category_id · expected the id of a category, got {id}");
        }
        var annotations = file.Annotations.ToLookup(a => a.ImageId);
        return file.Images.Select(image => new CaptionedImage
        {
            ImagePath = Path.Combine(imageFolder, image.FileName),
            Name = image.FileName,
            Captions = annotations[image.Id].Where(a => a.Caption is not null).Select(a => a.Caption!).ToArray(),
            Tags = annotations[image.Id].Where(a => a.CategoryId is not null).Select(a => categories[a.CategoryId!.Value])
                .Distinct(StringComparer.Ordinal).ToArray(),
        });
    }

    private sealed record CocoFile
    {
        [JsonPropertyName("images")] public List<CocoImage>? Images { get; init; }

        [JsonPropertyName("annotations")] public List<CocoAnnotation>? Annotations { get; init; }

        [JsonPropertyName("categories")] public List<CocoCategory>? Categories { get; init; }
    }

    private sealed record CocoImage
    {
        [JsonPropertyName("id")] public required long Id { get; init; }

        [JsonPropertyName("file_name")] public required string FileName { get; init; }
    }

    private sealed record CocoAnnotation
    {
        [JsonPropertyName("image_id")] public required long ImageId { get; init; }

        [JsonPropertyName("caption")] public string? Caption { get; init; }

        [JsonPropertyName("category_id")] public long? CategoryId { get; init; }
    }

    private sealed record CocoCategory
    {
        [JsonPropertyName("id")] public required long Id { get; init; }

        [JsonPropertyName("name")] public required string Name { get; init; }
    }
}
