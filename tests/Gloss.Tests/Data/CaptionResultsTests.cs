using System.Text.Json;
using Gloss.Data;
using Gloss.Inference;
using Gloss.Tests.Evaluation;

namespace Gloss.Tests.Data;

public sealed class CaptionResultsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static readonly CaptionedImage[] images =
    [
        new() { ImagePath = "i/a.jpg", Name = "a.jpg", Id = 7, Captions = ["a dog"] },
        new() { ImagePath = "i/x/b.jpg", Name = "x/b.jpg", Captions = ["a cat"] },
        new() { ImagePath = "i/y/b.jpg", Name = "y/b.jpg", Captions = ["a car"] },
    ];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Read_NumbersAndNames_FindTheirPictures()
    {
        var results =
            CaptionResults.Read(
            Write("""[{"image_id": "y/b.jpg", "caption": "one"}, {"image_id": 7, "caption": "two", "score": 1}]"""),
            images);
        Assert.Equal([("y/b.jpg", "one"), ("a.jpg", "two")], results.Select(r => (r.Image.Name, r.Caption)));
        Assert.Equal("a.jpg", CaptionResults.Read(Write("""[{"image_id": "a", "caption": ""}]"""), images)
            .Single().Image.Name);
    }

    [Theory]
    [InlineData("{\"images\": []}", "expected COCO results")]
    [InlineData("[{\"image_id\": 7}]", "result 1 · expected an object with image_id")]
    [InlineData("[{\"image_id\": 7, \"caption\": 3}]", "result 1 · expected an object with image_id")]
    [InlineData("[{\"image_id\": 7, \"caption\": \"a\"}, {\"image_id\": \"a.jpg\", \"caption\": \"b\"}]",
        "result 2 · image_id a.jpg · expected one caption a picture")]
    [InlineData("[{\"image_id\": 8, \"caption\": \"a\"}, {\"image_id\": \"b.jpg\", \"caption\": \"b\"}]",
        "2 results are of no picture of the data set: 8, b.jpg")]
    [InlineData("[]", "no results")]
    [InlineData("[", "expected COCO results")]
    public void Read_BadFile_SaysWhatIsWrong(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<DatasetException>(
            () => CaptionResults.Read(Write(text), images)).Message, StringComparison.Ordinal);

    [Fact]
    public void Score_OfficialCaptionsThroughFiles_GivesTheOfficialFigures()
    {
        var items = CaptionReference.Items();
        File.WriteAllText(Path.Combine(folder.Path, "captions.json"), JsonSerializer.Serialize(new
        {
            images = items.Select((_, i) => new { id = i + 100, file_name = $"{i}.jpg" }),
            annotations = items.SelectMany((item, i) =>
                item.References.Select(caption => new { image_id = i + 100, caption })),
        }));
        var results =
            Write(
            JsonSerializer.Serialize(items.Select((item, i) => new { image_id = i + 100, caption = item.Hypothesis })));
        var report = CaptionEvaluation.Score(
            CaptionResults.Read(results, [.. CaptionedImages.Read(Path.Combine(folder.Path, "captions.json"), "val")]));

        using var document =
            JsonDocument.Parse(File.ReadAllText(ReferenceData.Require("reference/metrics/captions_corpus.json")));
        var expected = document.RootElement.GetProperty("all");
        Assert.Equal(expected.GetProperty("bleu").EnumerateArray().Select(x => Math.Round(x.GetDouble(), 9)),
            new[] { report.Bleu1, report.Bleu2, report.Bleu3, report.Bleu4 }.Select(x => Math.Round(x, 9)));
        Assert.Equal(expected.GetProperty("rouge_l").GetDouble(), report.RougeL, 1e-9);
        Assert.Equal(expected.GetProperty("cider_d").GetDouble(), report.CiderD, 1e-9);
    }

    private string Write(string text)
    {
        File.WriteAllText(Path.Combine(folder.Path, "results.json"), text);
        return Path.Combine(folder.Path, "results.json");
    }
}
