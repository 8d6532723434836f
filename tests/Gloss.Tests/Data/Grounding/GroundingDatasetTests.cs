using Gloss.Data;
using Gloss.Data.Grounding;

namespace Gloss.Tests.Data.Grounding;

public sealed class GroundingDatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Read_Coco_BoxesAsFractionsCrowdsAndEmptyOnesCounted()
    {
        var set = GroundingDataset.Read(Write("instances.json", """
            {"images": [{"id": 7, "file_name": "a.jpg", "width": 200, "height": 100}, {"id": 8, "file_name": "b.jpg", "width": 10, "height": 10}],
             "categories": [{"id": 3, "name": "dog"}, {"id": 5, "name": "car"}],
             "annotations": [{"image_id": 7, "category_id": 3, "bbox": [20, 10, 100, 50]}, {"image_id": 7, "category_id": 5, "bbox": [5, 5, 0, 9]},
               {"image_id": 7, "category_id": 5, "bbox": [190, 0, 50, 50], "area": 321.5}, {"image_id": 7, "category_id": 5, "bbox": [300, 0, 5, 5]},
               {"image_id": 7, "category_id": 5, "bbox": [0, 0, 5, 5], "iscrowd": 1}]}
            """));
        Assert.Equal(["car", "dog"], set.Categories);
        Assert.Equal([new DetectedObject("dog", new FractionBox(0.1f, 0.1f, 0.6f, 0.6f)),
            new DetectedObject("car", new FractionBox(0.95f, 0, 1, 0.5f))],
            set.Images[0].Objects!);
        Assert.Empty(set.Images[1].Objects!);
        // For the measure they stay as they are.
        Assert.Equal((7L, 5, 1), (set.Images[0].Id, set.Images[0].Annotations!.Count,
            set.Images[0].Annotations!.Count(a => a.IsCrowd)));
        Assert.Contains(new CocoAnnotation("car", 190, 0, 50, 50, false, 321.5), set.Images[0].Annotations!);
        Assert.Equal([3, 5], set.CategoriesById!.Keys.Order());
        Assert.Equal((1, 1, 1, 1), (set.Skips["boxes without area"], set.Skips["boxes outside the picture"],
            set.Skips["boxes cut at the picture's edge"], set.Skips["crowds"]));
    }

    [Fact]
    public void Read_OdvgLines_DetectionAndGrounding()
    {
        var set = GroundingDataset.Read(Write("odvg.jsonl", """
            {"filename": "a.jpg", "width": 100, "height": 50, "detection": {"instances": [{"bbox": [10, 10, 60, 35], "label": 0, "category": "dog"}]}}
            {"filename": "b.jpg", "width": 100, "height": 50, "grounding": {"caption": "A man with a red dog.", "regions": [{"bbox": [0, 0, 50, 50], "phrase": "a red dog"}, {"bbox": [[0, 0, 10, 10], [20, 20, 30, 30]], "phrase": "A man"}, {"bbox": [0, 0, 50, 50], "phrase": "a cat"}]}}
            """));
        Assert.Equal([new DetectedObject("dog", new FractionBox(0.1f, 0.2f, 0.6f, 0.7f))], set.Images[0].Objects!);
        var caption = set.Images[1].Captions.Single();
        Assert.Equal(["a red dog", "A man"], caption.Phrases.Select(p => caption.Text[p.Start..p.End]));
        Assert.Equal([1, 2], caption.Phrases.Select(p => p.Boxes.Count));
        Assert.Equal(1, set.Skips["phrases that their caption does not hold"]);
    }

    [Fact]
    public void Read_Entities_PhrasesOfTheSplitThatHaveBoxes()
    {
        Write("phrases.jsonl", """
            {"image": "a.jpg", "split": "train", "captions": [{"text": "A dog runs", "phrases": [{"id": "1", "types": ["animals"], "start": 0, "end": 5, "text": "A dog"}, {"id": "2", "types": ["other"], "start": 6, "end": 10}]}], "boxes": [{"ids": ["1"], "box": [0.1, 0.2, 0.3, 0.4]}, {"ids": ["1", "9"], "box": [0.5, 0.5, 1, 1]}]}
            {"image": "b.jpg", "split": "val", "captions": [{"text": "A cat", "phrases": []}], "boxes": []}
            """);
        var image = Assert.Single(GroundingDataset.Read(folder.Path, "train").Images);
        var phrase = Assert.Single(image.Captions.Single().Phrases);
        Assert.Equal((0, 5, 2, "animals"), (phrase.Start, phrase.End, phrase.Boxes.Count, phrase.Types.Single()));
    }

    [Fact]
    public void Read_EntitiesPhraseOutsideItsCaption_LeftOutAndCounted()
    {
        var path = Write("phrases.jsonl", """
            {"image": "a.jpg", "captions": [{"text": "A dog", "phrases": [{"id": "1", "types": [], "start": 0, "end": 50}, {"id": "1", "types": [], "start": 2, "end": 5}]}], "boxes": [{"ids": ["1"], "box": [0, 0, 1, 1]}]}
            """);
        var set = GroundingDataset.Read(path);
        Assert.Equal(2, Assert.Single(set.Images.Single().Captions.Single().Phrases).Start);
        Assert.Equal(1, set.Skips["phrases outside their caption"]);
    }

    [Fact]
    public void Read_SplitThatIsNotThere_SaysWhichAre()
    {
        var path = Write("labels.jsonl", """{"image": "a.jpg", "split": "train", "boxes": []}""");
        var error = Assert.Throws<DatasetException>(() => GroundingDataset.Read(path, "val"));
        Assert.Contains("no pictures of the split 'val' · hint: the splits there are train", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.jsonl", "{\"image\": 3", "line 1")]
    [InlineData("x.jsonl", "{\"image\": \"a.jpg\"}", "expected detection, grounding")]
    [InlineData("x.jsonl", "{\"image\": \"a.jpg\", \"boxes\": [{\"tag\": \"dog\", \"box\": [0.1, 0.2]}]}",
        "line 1 · a box: expected 4 numbers, got [0.1, 0.2]")]
    [InlineData("x.json", "{\"images\": []}", "expected COCO annotations")]
    public void Read_BrokenFile_SaysWhere(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<DatasetException>(
            () => GroundingDataset.Read(Write(name, text))).Message, StringComparison.Ordinal);

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
