using System.Text.Json;

namespace Gloss.Data.Grounding;

/// <summary>
/// Pictures with boxes, of whatever form: COCO's <c>instances_*.json</c>; ODVG lines (Open-GroundingDINO) of detection
/// or grounding; Flickr30k Entities as <c>phrases.jsonl</c>; lines with <c>tags</c> and <c>boxes</c>. Boxes outside the
/// picture or without area are left out and counted, those that reach outside are cut.
/// </summary>
public sealed class GroundingDataset
{
    private const float LeastSide = 1e-4f;
    private readonly Dictionary<string, int> skips = new(StringComparer.Ordinal);
    private readonly HashSet<string> categories = new(StringComparer.Ordinal);
    private readonly List<GroundingImage> images = [];

    private GroundingDataset()
    {
    }

    /// <summary>The pictures in the order of the data; those without any box are kept.</summary>
    public IReadOnlyList<GroundingImage> Images => images;

    /// <summary>The categories of detection data, in order of their names.</summary>
    public IReadOnlyList<string> Categories => [.. categories.Order(StringComparer.Ordinal)];

    /// <summary>The categories of a COCO file by their numbers; null in other data.</summary>
    public IReadOnlyDictionary<int, string>? CategoriesById { get; private set; }

    /// <summary>How often something was left out or changed, by reason.</summary>
    public IReadOnlyDictionary<string, int> Skips => skips;

    /// <summary>
    /// Reads a file, or of a folder its <c>phrases.jsonl</c> or <c>labels.jsonl</c>. Pictures lie in
    /// <paramref name="imageFolder"/>; null: in <c>images</c> beside the file, or beside the file itself where there is
    /// no such folder.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="split">Only lines of this split; lines without one belong to every split. null: all.</param>
    /// <param name="imageFolder">Where pictures lie.</param>
    /// <exception cref="DatasetException">The form is unknown, or a line is wrong; the message names file and
    /// line.</exception>
    public static GroundingDataset Read(string path, string? split = null, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            string[] known = ["phrases.jsonl", "labels.jsonl"];
            path = known.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new DatasetException(
                    $"{path} · expected {string.Join(" or ", known)} in the folder · hint: or give the file itself");
        }
        if (!File.Exists(path))
            throw new DatasetException($"{path} · no such file or folder");
        var beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var folder = imageFolder ?? (Directory.Exists(Path.Combine(beside, "images"))
            ? Path.Combine(beside, "images") : beside);
        var data = new GroundingDataset();
        if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
            data.ReadCoco(path, folder);
        else
            data.ReadLines(path, split, folder);
        return data;
    }

    /// <summary>The skips in one line; empty where there are none.</summary>
    public string DescribeSkips() =>
        string.Join(" · ", skips.OrderByDescending(s => s.Value).Select(s => $"{s.Value} {s.Key}"));

    private void ReadLines(string path, string? split, string folder)
    {
        var number = 0;
        var others = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                if (split is not null && root.TryGetProperty("split", out var own) && own.GetString() != split)
                {
                    others.Add(own.GetString() ?? "");
                    continue;
                }
                images.Add(root.TryGetProperty("detection", out var detection) ? OdvgDetection(root, detection, folder)
                    : root.TryGetProperty("grounding", out var grounding) ? OdvgGrounding(root, grounding, folder)
                    : root.TryGetProperty("captions", out var captions) && captions.GetArrayLength() > 0
                        && captions[0].ValueKind == JsonValueKind.Object
                        ? Entities(root, captions, folder)
                    : root.TryGetProperty("boxes", out _) ? Labels(root, folder)
                    : throw new InvalidOperationException(
                        "expected detection, grounding, captions with phrases, or boxes"));
            }
            catch (Exception error)
                when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or IndexOutOfRangeException or ArgumentException)
            {
                throw new DatasetException($"{path}, line {number} · {error.Message}", error);
            }
        }
        if (images.Count == 0)
        {
            throw new DatasetException($"{path} · no pictures{(split is null ? "" : $" of the split '{split}'")}"
                + (others.Count == 0 ? "" : $" · hint: the splits there are {string.Join(", ", others)}"));
        }
    }

    // {"image", "captions": [{"text", "phrases": [{"id", "types", "start", "end"}]}], "boxes": [{"ids", "box"}]}
    private GroundingImage Entities(JsonElement root, JsonElement captions, string folder)
    {
        var boxes = new Dictionary<string, List<FractionBox>>(StringComparer.Ordinal);
        foreach (var item in root.GetProperty("boxes").EnumerateArray())
        {
            if (Checked(Corners(item.GetProperty("box"), 1, 1)) is not { } box)
                continue;
            foreach (var id in item.GetProperty("ids").EnumerateArray())
                (boxes.TryGetValue(id.GetString()!, out var list) ? list : boxes[id.GetString()!] = []).Add(box);
        }
        return new GroundingImage
        {
            Path = Path.Combine(folder, root.GetProperty("image").GetString()!),
            Captions = [.. captions.EnumerateArray()
                .Select(caption => new GroundingCaption(caption.GetProperty("text").GetString()!,
                [.. caption.GetProperty("phrases").EnumerateArray()
                    .Where(p => boxes.ContainsKey(p.GetProperty("id").GetString()!))
                    .Select(p => new GroundingPhrase(p.GetProperty("start").GetInt32(), p.GetProperty("end").GetInt32(),
                        boxes[p.GetProperty("id").GetString()!],
                        [.. p.GetProperty("types").EnumerateArray().Select(t => t.GetString()!)]))
                    .Where(p => IsInside(p.Start, p.End, caption.GetProperty("text").GetString()!))]))],
        };
    }

    // {"image", "boxes": [{"tag", "box"}]}
    private GroundingImage Labels(JsonElement root, string folder) => new()
    {
        Path = Path.Combine(folder, root.GetProperty("image").GetString()!),
        Objects = Objects(root.GetProperty("boxes").EnumerateArray()
            .Select(b => (b.GetProperty("tag").GetString()!, Corners(b.GetProperty("box"), 1, 1)))),
    };

    // {"filename", "width", "height", "detection": {"instances": [{"bbox": [x0, y0, x1, y1], "category"}]}}
    private GroundingImage OdvgDetection(JsonElement root, JsonElement detection, string folder)
    {
        var (width, height) = (root.GetProperty("width").GetDouble(), root.GetProperty("height").GetDouble());
        return new GroundingImage
        {
            Path = Path.Combine(folder, root.GetProperty("filename").GetString()!),
            Objects = Objects(detection.GetProperty("instances").EnumerateArray()
                .Select(i => (i.GetProperty("category").GetString()!, Corners(i.GetProperty("bbox"), width, height)))),
        };
    }

    // {…, "grounding": {"caption", "regions": [{"bbox": one or several, "phrase": one or several, "tokens_positive":
    // spans, if known}]}}
    private GroundingImage OdvgGrounding(JsonElement root, JsonElement grounding, string folder)
    {
        var (width, height) = (root.GetProperty("width").GetDouble(), root.GetProperty("height").GetDouble());
        var caption = grounding.GetProperty("caption").GetString()!;
        var phrases = new List<GroundingPhrase>();
        foreach (var region in grounding.GetProperty("regions").EnumerateArray())
        {
            var bbox = region.GetProperty("bbox");
            var raw = bbox[0].ValueKind == JsonValueKind.Array ? bbox.EnumerateArray().ToArray() : [bbox];
            FractionBox[] boxes = [.. raw.Select(b => Checked(Corners(b, width, height))).OfType<FractionBox>()];
            if (boxes.Length == 0)
                continue;
            foreach (var (start, end) in Spans(region, caption))
                phrases.Add(new GroundingPhrase(start, end, boxes, []));
        }
        return new GroundingImage { Path = Path.Combine(folder, root.GetProperty("filename").GetString()!),
            Captions = [new GroundingCaption(caption, phrases)] };
    }

    private List<(int Start, int End)> Spans(JsonElement region, string caption)
    {
        var spans = new List<(int, int)>();
        if (region.TryGetProperty("tokens_positive", out var positive))
        {
            foreach (var span in positive.EnumerateArray())
            {
                var (start, end) = (span[0].GetInt32(), span[1].GetInt32());
                if (IsInside(start, end, caption))
                    spans.Add((start, end));
            }
            return spans;
        }
        var phrase = region.GetProperty("phrase");
        foreach (var text in phrase.ValueKind == JsonValueKind.Array
            ? phrase.EnumerateArray().Select(p => p.GetString()!) : [phrase.GetString()!])
        {
            var start = caption.IndexOf(text, StringComparison.OrdinalIgnoreCase);
            if (start >= 0 && text.Length > 0)
                spans.Add((start, start + text.Length));
            else
                Skip("phrases that their caption does not hold");
        }
        return spans;
    }

    private bool IsInside(int start, int end, string caption)
    {
        var isInside = start >= 0 && end > start && end <= caption.Length;
        if (!isInside)
            Skip("phrases outside their caption");
        return isInside;
    }

    private void ReadCoco(string path, string folder)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            var root = document.RootElement;
            var names = root.GetProperty("categories").EnumerateArray()
                .ToDictionary(c => c.GetProperty("id").GetInt32(), c => c.GetProperty("name").GetString()!);
            categories.UnionWith(names.Values);
            CategoriesById = names;
            var annotations = root.GetProperty("annotations").EnumerateArray()
                .ToLookup(a => a.GetProperty("image_id").GetInt64());
            foreach (var image in root.GetProperty("images").EnumerateArray())
            {
                var (width, height) = (image.GetProperty("width").GetDouble(), image.GetProperty("height").GetDouble());
                var imageId = image.GetProperty("id").GetInt64();
                CocoAnnotation[] all =
                    [.. annotations[imageId].Select(a => Annotation(a, names, $"{path} · image {imageId}"))];
                foreach (var _ in all.Where(a => a.IsCrowd))
                    Skip("crowds");
                images.Add(new GroundingImage
                {
                    Path = Path.Combine(folder, image.GetProperty("file_name").GetString()!), Id = imageId,
                    Annotations = all,
                    Objects = Objects(all.Where(a => !a.IsCrowd)
                        .Select(a => (a.Category, new FractionBox((float)(a.Left / width),
                        (float)(a.Top / height), (float)((a.Left + a.Width) / width),
                        (float)((a.Top + a.Height) / height))))),
                });
            }
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or IndexOutOfRangeException)
        {
            throw new DatasetException(
                $"{path} · expected COCO annotations (images, annotations, categories) · {error.Message}", error);
        }
        if (images.Count == 0)
            throw new DatasetException($"{path} · no pictures");
    }

    private static CocoAnnotation Annotation(JsonElement annotation, Dictionary<int, string> names, string where)
    {
        double? Number(string name) => annotation.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble() : null;
        var id = annotation.GetProperty("category_id").GetInt32();
        if (!names.TryGetValue(id, out var name))
            throw new DatasetException($"{where} · category_id {id} is none of the {names.Count} categories");
        var box = Four(annotation.GetProperty("bbox"));
        return new CocoAnnotation(name, box[0], box[1], box[2], box[3],
            Number("iscrowd") is { } crowd && crowd != 0, Number("area"));
    }

    private List<DetectedObject> Objects(IEnumerable<(string Category, FractionBox Box)> found)
    {
        var objects = new List<DetectedObject>();
        foreach (var (category, raw) in found)
        {
            categories.Add(category);
            if (Checked(raw) is { } box)
                objects.Add(new DetectedObject(category, box));
        }
        return objects;
    }

    private static FractionBox Corners(JsonElement box, double width, double height)
    {
        var four = Four(box);
        return new((float)(four[0] / width), (float)(four[1] / height), (float)(four[2] / width),
            (float)(four[3] / height));
    }

    private static double[] Four(JsonElement box) => box.ValueKind == JsonValueKind.Array && box.GetArrayLength() == 4
        ? [.. box.EnumerateArray().Select(n => n.GetDouble())]
        : throw new FormatException($"a box: expected 4 numbers, got {box.GetRawText()}");

    private FractionBox? Checked(FractionBox box)
    {
        if (!float.IsFinite(box.Left + box.Top + box.Right + box.Bottom) || box.Width <= 0 || box.Height <= 0)
        {
            Skip("boxes without area");
            return null;
        }
        var inside = box.Clipped;
        if (inside.Width < LeastSide || inside.Height < LeastSide)
        {
            Skip(inside.Width <= 0 || inside.Height <= 0 ? "boxes outside the picture" : "boxes without area");
            return null;
        }
        const float tolerance = 0.002f;
        if (Math.Abs(inside.Left - box.Left) + Math.Abs(inside.Top - box.Top) + Math.Abs(inside.Right - box.Right)
            + Math.Abs(inside.Bottom - box.Bottom) > tolerance)
            Skip("boxes cut at the picture's edge");
        return inside;
    }

    private void Skip(string reason) => skips[reason] = skips.GetValueOrDefault(reason) + 1;
}
