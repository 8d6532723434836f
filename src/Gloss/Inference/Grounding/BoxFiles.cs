using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gloss.Torch;

namespace Gloss.Inference.Grounding;

/// <summary>Boxes in the files that the usual tools read: COCO, YOLO and LabelMe.</summary>
public static class BoxFiles
{
    private const int CoordinateDigits = 2;
    private const int ScoreDigits = 4;

    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    /// <summary>
    /// COCO results: a list of image id, category id, box [x, y, width, height] and score. Image ids count the pictures
    /// from 1, category ids the tags from 1, as in <see cref="CocoAnnotations"/>.
    /// </summary>
    public static string CocoResults(IReadOnlyList<GroundedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var lines = images.SelectMany((image, i) => image.Boxes.Select(box => new JsonObject
        {
            ["image_id"] = i + 1, ["category_id"] = box.Tag + 1, ["bbox"] = Box(box),
            ["score"] = Math.Round((decimal)box.Score, ScoreDigits),
        }.ToJsonString(Json)));
        return $"[\n{string.Join(",\n", lines)}\n]\n";
    }

    /// <summary>A COCO annotation file: pictures, boxes and categories, to correct by hand.</summary>
    public static string CocoAnnotations(IReadOnlyList<GroundedImage> images, IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(tags);
        var id = 0;
        return new JsonObject
        {
            ["images"] = List(images.Select((image, i) => new JsonObject
            {
                ["id"] = i + 1, ["file_name"] = image.Path, ["width"] = image.Size.Width,
                ["height"] = image.Size.Height,
            })),
            ["info"] = new JsonObject { ["description"] = "found by Gloss" }, ["licenses"] = new JsonArray(),
            ["annotations"] = List(images.SelectMany((image, i) => image.Boxes.Select(box => new JsonObject
            {
                ["id"] = ++id, ["image_id"] = i + 1, ["category_id"] = box.Tag + 1, ["bbox"] = Box(box),
                ["area"] = Math.Round((decimal)box.Box.Area, CoordinateDigits), ["segmentation"] = new JsonArray(),
                ["iscrowd"] = 0,
                ["score"] = Math.Round((decimal)box.Score, ScoreDigits),
            }))),
            ["categories"] = List(tags.Select((tag, i) => new JsonObject
            {
                ["id"] = i + 1, ["name"] = tag, ["supercategory"] = "",
            })),
        }.ToJsonString(Indented) + "\n";
    }

    /// <summary>
    /// A picture's YOLO labels: a line a box, the tag's place from 0, then centre x, centre y, width and height as
    /// fractions.
    /// </summary>
    public static string Yolo(GroundedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var text = new StringBuilder();
        foreach (var (tag, _, box, _) in image.Boxes)
        {
            double width = image.Size.Width, height = image.Size.Height;
            text.Append(CultureInfo.InvariantCulture,
                $"{tag} {(box.X + box.Width / 2) / width:F6} {(box.Y + box.Height / 2) / height:F6} "
                + $"{box.Width / width:F6} {box.Height / height:F6}\n");
        }
        return text.ToString();
    }

    /// <summary>A picture's LabelMe file, which names the picture but does not hold it.</summary>
    /// <param name="image">The picture with its boxes.</param>
    /// <param name="imagePath">The picture as seen from the file's folder.</param>
    public static string LabelMe(GroundedImage image, string imagePath)
    {
        ArgumentNullException.ThrowIfNull(image);
        JsonArray Point(double x, double y) => [Rounded(x), Rounded(y)];
        return new JsonObject
        {
            ["version"] = "5.4.1", ["flags"] = new JsonObject(),
            ["shapes"] = List(image.Boxes.Select(box => new JsonObject
            {
                ["label"] = box.Name,
                ["points"] = new JsonArray(Point(box.Box.X, box.Box.Y),
                    Point(box.Box.X + box.Box.Width, box.Box.Y + box.Box.Height)),
                ["group_id"] = null, ["description"] = string.Create(CultureInfo.InvariantCulture,
                    $"score {box.Score:F4}"),
                ["shape_type"] = "rectangle", ["flags"] = new JsonObject(),
            })),
            ["imagePath"] = imagePath, ["imageData"] = null,
            ["imageHeight"] = image.Size.Height, ["imageWidth"] = image.Size.Width,
        }.ToJsonString(Indented) + "\n";
    }

    /// <summary>
    /// A name for what belongs to a picture in one folder: the picture's own name, with a number behind it where
    /// another picture has taken it.
    /// </summary>
    public static string NameFor(string path, ISet<string> taken)
    {
        ArgumentNullException.ThrowIfNull(taken);
        var name = Path.GetFileNameWithoutExtension(path);
        var result = name;
        for (var i = 2; !taken.Add(result); i++)
            result = $"{name}-{i.ToString(CultureInfo.InvariantCulture)}";
        return result;
    }

    /// <summary>Writes a text atomically; its folder is made.</summary>
    public static void Write(string path, string text)
    {
        AtomicFile.WriteText(path, text);
    }

    private static JsonArray Box(GroundedBox box) =>
        [Rounded(box.Box.X), Rounded(box.Box.Y), Rounded(box.Box.Width), Rounded(box.Box.Height)];

    private static JsonValue Rounded(double value) => JsonValue.Create(Math.Round((decimal)value, CoordinateDigits));

    private static JsonArray List(IEnumerable<JsonObject> items) => new([.. items]);
}
