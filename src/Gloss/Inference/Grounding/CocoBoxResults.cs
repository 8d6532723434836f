using System.Globalization;
using System.Text;
using System.Text.Json;
using Gloss.Data;
using Gloss.Data.Grounding;
using Gloss.Evaluation;

namespace Gloss.Inference.Grounding;

/// <summary>
/// What was found in the pictures of a COCO file, in COCO's results format with that file's numbers: a JSON list of
/// <c>{"image_id": 42, "category_id": 18, "bbox": [left, top, width, height], "score": 0.9}</c>.
/// </summary>
public static class CocoBoxResults
{
    private const string Form = "expected COCO results, a JSON list of image_id, category_id, bbox and score";

    /// <summary>
    /// Reads results. Those of categories that the data set lacks are left out, as pycocotools does.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="data">A COCO file's pictures and categories.</param>
    /// <returns>A picture by its number in the file, a category by its place in
    /// <see cref="GroundingDataset.Categories"/>.</returns>
    /// <exception cref="DatasetException">The file is of another form, or names an unknown picture.</exception>
    public static IReadOnlyList<DetectedBox> Read(string path, GroundingDataset data)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(data);
        var places = Places(data);
        var known = data.Images.Select(i => i.Id).ToHashSet();
        var found = new List<DetectedBox>();
        var number = 0;
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            foreach (var item in document.RootElement.EnumerateArray())
            {
                number++;
                var id = item.GetProperty("image_id").GetInt64();
                if (!known.Contains(id))
                {
                    throw new DatasetException(
                        $"{path}, result {number} · image_id {id} is of no picture of the data set · "
                        + "hint: another split?");
                }
                var (box, score) = (item.GetProperty("bbox"), item.GetProperty("score").GetDouble());
                if (places.TryGetValue(item.GetProperty("category_id").GetInt32(), out var category))
                {
                    found.Add(new DetectedBox(id, category, new BoundingBox(
                        box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble()), score));
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException or IndexOutOfRangeException or IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path}{(number > 0 ? $", result {number}" : "")} · {Form} · {error.Message}",
                error);
        }
        return found;
    }

    /// <summary>The text of a results file; boxes to a thousandth of a pixel.</summary>
    /// <param name="found">As <see cref="Read"/> gives them.</param>
    /// <param name="data">A COCO file's pictures and categories.</param>
    public static string Text(IEnumerable<DetectedBox> found, GroundingDataset data)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(data);
        var numbers = Places(data).GroupBy(p => p.Value).ToDictionary(g => g.Key, g => g.Min(p => p.Key));
        var text = new StringBuilder();
        foreach (var (image, category, box, score) in found)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{(text.Length == 0 ? "[\n" : ",\n")}{{\"image_id\":{image},\"category_id\":{numbers[category]}"
                + $",\"bbox\":[{box.X:0.###},{box.Y:0.###},{box.Width:0.###},{box.Height:0.###}],\"score\":{(float)score}}}");
        }
        return text.Length == 0 ? "[]\n" : text.Append("\n]\n").ToString();
    }

    // The place in the list of names of each of the file's numbers.
    private static Dictionary<int, int> Places(GroundingDataset data)
    {
        var byId = data.CategoriesById ?? throw new DatasetException("COCO results need a COCO file, which numbers its "
            + "pictures and categories · hint: --data instances_val2017.json");
        var names = data.Categories.Select((name, i) => (name, i))
            .ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        return byId.ToDictionary(c => c.Key, c => names[c.Value]);
    }
}
