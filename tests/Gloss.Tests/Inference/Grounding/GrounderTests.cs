using Gloss.Evaluation;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Torch;

namespace Gloss.Tests.Inference.Grounding;

public sealed class GrounderTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly LoadedGrounding loaded = TinyGrounding.Load();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        loaded.Dispose();
        live.Dispose();
    }

    [Fact]
    public void Find_Tags_LabelsAreGivenTagsAndBoxesLieInside()
    {
        using var grounder = new Grounder(loaded);
        var picture = Noise(90, 60);
        var boxes = grounder.Find(picture, grounder.Tags(["Red Dog", "car"]), Cancellation);
        Assert.NotEmpty(boxes);
        Assert.All(boxes, b =>
        {
            Assert.Contains(b.Name, (string[])["Red Dog", "car"]);
            Assert.True(b.Box.X >= 0 && b.Box.Y >= 0 && b.Box.X + b.Box.Width <= 90.0001
                && b.Box.Y + b.Box.Height <= 60.0001 && b.Box.Area > 0);
        });
        Assert.Equal(boxes.OrderByDescending(b => b.Score), boxes);
    }

    [Fact]
    public void Find_SeveralPasses_ATagAloneInItsPassHasTheSameBoxesWhateverTheList()
    {
        using var grounder = new Grounder(loaded,
            new GrounderOptions { TokensPerPass = 8, Suppression = Suppression.None });
        var picture = Noise(64, 64);
        GroundedBox[] Of(params string[] tags) =>
            [.. grounder.Find(picture, grounder.Tags(tags), Cancellation).Where(b => b.Name == "a red dog on")];
        var alone = Of("a red dog on");
        Assert.NotEmpty(alone);
        Assert.Equal(alone.Select(b => (b.Box, b.Score)), Of("car", "a red dog on", "man")
            .Select(b => (b.Box, b.Score)));
    }

    [Fact]
    public void Find_ListSplitOverPasses_ScoresStayNearThoseOfOnePass()
    {
        // Every place is a query, so that none is chosen for the sake of another tag.
        using var every = TinyGrounding.Load(config: TinyGrounding.Config with { Queries = 200 });
        string[] names = ["red dog", "car", "man", "a house", "left", "the red car", "on a house"];
        var picture = Noise(96, 64);
        float[] Means(int tokens)
        {
            using var grounder = new Grounder(every,
                new GrounderOptions { TokensPerPass = tokens, Suppression = Suppression.None,
                MostBoxes = int.MaxValue });
            var tags = grounder.Tags(names);
            Assert.Equal(tokens < 24, tags.Passes.Count > 1);
            var boxes = grounder.Find(picture, tags, Cancellation);
            return [.. names.Select(name => boxes.Where(b => b.Name == name).Average(b => b.Score))];
        }
        var whole = Means(24);
        foreach (var tokens in new[] { 12, 16 })
        {
            // Tags among themselves differ by up to 0.6.
            Assert.All(whole.Zip(Means(tokens)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.1));
        }
    }

    [Theory]
    [InlineData(Suppression.Class)]
    [InlineData(Suppression.All)]
    [InlineData(Suppression.None)]
    public void Find_Suppression_DropsWhatItSays(Suppression suppression)
    {
        using var grounder = new Grounder(loaded,
            new GrounderOptions { Suppression = suppression, SuppressAbove = 0.001 });
        var boxes = grounder.Find(Noise(64, 64), grounder.Tags(["dog", "car"]), Cancellation);
        var overlapping = boxes.SelectMany((a, i) => boxes.Take(i)
            .Where(b => a.Box.IntersectionOverUnion(b.Box) > 0.001).Select(b => a.Name == b.Name)).ToList();
        Assert.Equal(suppression == Suppression.None, overlapping.Contains(true));
        Assert.Equal(suppression != Suppression.All, overlapping.Contains(false));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20000, 3)]
    public void Find_ExtremePicture_Works(int width, int height)
    {
        using var grounder = new Grounder(loaded);
        Assert.All(grounder.Find(Noise(width, height), grounder.Tags(["dog"]), Cancellation),
            b => Assert.True(double.IsFinite(b.Box.Area)));
    }

    [Fact]
    public void FindPhrase_WithoutLetters_Refused()
    {
        using var grounder = new Grounder(loaded);
        Assert.Contains("no letters",
            Assert.Throws<ArgumentException>(() => grounder.FindPhrase(Noise(8, 8), " . ")).Message,
            StringComparison.Ordinal);
        Assert.Equal("the man on the left", grounder.FindPhrase(Noise(40, 40), "the man on the left.")!.Name);
    }

    [Fact]
    public void FindPhrase_LongerThanTheModelReads_Refused()
    {
        using var grounder = new Grounder(loaded);
        string Words(int count) => string.Join(' ', Enumerable.Repeat("dog", count));
        Assert.NotNull(grounder.FindPhrase(Noise(40, 40), Words(21)));
        var error = Assert.Throws<ArgumentException>(() => grounder.FindPhrase(Noise(40, 40), Words(22)));
        Assert.Contains("has 22 tokens, at most 21", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Cancelled_EndsBetweenPasses()
    {
        using var grounder = new Grounder(loaded, new GrounderOptions { TokensPerPass = 8 });
        var tags = grounder.Tags(["red dog", "car", "man", "a house"]);
        Assert.Throws<OperationCanceledException>(() =>
            grounder.Find(Noise(40, 40), tags, new CancellationToken(canceled: true)));
        Assert.NotEmpty(grounder.Find(Noise(40, 40), tags, Cancellation));
    }

    [Fact]
    public void Find_MorePassesThanAreKept_SameBoxesAgainAndFromANewList()
    {
        string[] words = ["a", "red", "dog", "car", "man", "house", "left"];
        string[] names = [.. words.SelectMany(a => words.SelectMany(b => words.Select(c => $"{a} {b} {c}")))];
        var options = new GrounderOptions { TokensPerPass = 8, MostBoxes = int.MaxValue };
        using var grounder = new Grounder(loaded, options);
        using var other = new Grounder(loaded, options);
        var picture = Noise(32, 32);
        var tags = grounder.Tags(names);
        Assert.InRange(tags.Passes.Count, 300, names.Length);
        var first = grounder.Find(picture, tags, Cancellation);
        Assert.Equal(first, grounder.Find(picture, tags, Cancellation));
        Assert.Equal(other.Find(picture, other.Tags(["dog", "car"]), Cancellation),
            grounder.Find(picture, grounder.Tags(["dog", "car"]), Cancellation));
        Assert.Equal(first, grounder.Find(picture, tags, Cancellation));
    }

    [Fact]
    public void SaveGrounding_ThenOpen_SameBoxes()
    {
        using var folder = new TemporaryFolder();
        using (var grounder = new Grounder(loaded))
        {
            ModelFolder.SaveGrounding(folder.Path, TinyGrounding.Folder(), loaded.Model, TinyGrounding.Tokenizer,
                "# card", _ => WeightPrecision.Float32);
            using var again = ModelFolder.Open(folder.Path).OpenGrounding();
            using var other = new Grounder(again);
            var picture = Noise(70, 50);
            Assert.Equal(grounder.Find(picture, grounder.Tags(["dog"]), Cancellation),
                other.Find(picture, other.Tags(["dog"]), Cancellation));
        }
        var error = Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder.Path).OpenModel());
        Assert.Contains("gives no tags", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BoxFiles_OneBox_EveryFormHoldsIt()
    {
        var image = new GroundedImage("p/a.jpg", new ImageSize(100, 50),
            [new GroundedBox(1, "red car", new BoundingBox(10, 20, 40, 10), 0.625f)]);
        Assert.Equal("1 0.300000 0.500000 0.400000 0.200000\n", BoxFiles.Yolo(image));
        Assert.Equal("[\n{\"image_id\":1,\"category_id\":2,\"bbox\":[10,20,40,10],\"score\":0.625}\n]\n",
            BoxFiles.CocoResults([image]));
        var coco = BoxFiles.CocoAnnotations([image], ["dog", "red car"]);
        Assert.Contains("\"file_name\": \"p/a.jpg\"", coco, StringComparison.Ordinal);
        Assert.Contains("\"name\": \"red car\"", coco, StringComparison.Ordinal);
        // Tools that read COCO ask for these, empty as they are.
        Assert.All((string[])["\"info\"", "\"licenses\": []", "\"segmentation\": []", "\"supercategory\""],
            key => Assert.Contains(key, coco, StringComparison.Ordinal));
        Assert.Contains("\"label\": \"red car\"", BoxFiles.LabelMe(image, "../p/a.jpg"), StringComparison.Ordinal);
        var taken = new HashSet<string>();
        Assert.Equal(["a", "a-2", "b"],
            new[] { "x/a.jpg", "y/a.png", "b.png" }.Select(p => BoxFiles.NameFor(p, taken)));
    }

    internal static RgbImage Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(width + height).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}
