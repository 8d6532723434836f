using System.Text.Json;
using Gloss.Data;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Torch;
using ImageEncoder = Gloss.Images.ImageEncoder;

namespace Gloss.Tests.Inference;

public sealed class ImageRecognizerTests
{
    [Fact]
    public void Encode_ThroughThePlan_EqualsTheModule()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        using var encoder = new PictureEncoder(model.Model, model.Config.Preprocessing, threads: 2);
        RgbImage[] pictures = [encoder.Fit(Picture(1, 120, 80)), encoder.Fit(Picture(2, 64, 64)),
            encoder.Fit(Picture(3, 40, 200))];

        using var tokens = encoder.Encode(pictures);

        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        var expected = model.Model.EncodeImages(PixelTensors.Normalize(pictures, [127, 127, 127], [128, 128, 128]));
        Assert.Equal(expected.Shape, tokens.Shape);
        var (one, two) = (expected.ToArray<float>(), tokens.ToArray<float>());
        for (var i = 0; i < one.Length; i++)
            Assert.Equal(one[i], two[i], 1e-3f * Math.Max(1, Math.Abs(one[i])));
    }

    [Fact]
    public void Encode_EightBits_IsNearFloat32()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        RgbImage[] pictures = [Picture(1, 64, 64), Picture(2, 64, 64), Picture(3, 64, 64)];
        var ranges = PictureEncoder.MeasureRanges(model.Model, model.Config.Preprocessing, pictures);
        using var exact = new PictureEncoder(model.Model, model.Config.Preprocessing);
        using var rough = new PictureEncoder(model.Model, model.Config.Preprocessing, InferencePrecision.Int8,
            ranges: ranges);

        using var one = exact.Encode(pictures);
        using var two = rough.Encode(pictures);

        Assert.Equal(InferencePrecision.Int8, rough.Precision);
        var (a, b) = (one.ToArray<float>(), two.ToArray<float>());
        var error = a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum();
        Assert.InRange(error, double.Epsilon, 0.02 * a.Sum(x => (double)x * x));
    }

    [Fact]
    public void Constructor_EightBitsWithoutRanges_SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder);

        var error = Assert.Throws<ArgumentException>(() =>
            new PictureEncoder(model.Model, model.Config.Preprocessing, InferencePrecision.Int8));

        Assert.Contains("encoder_ranges", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_OtherNormalisation_IsThatOfTheConfig()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        RgbImage[] pictures = [Picture(1, 64, 64)];
        using var encoder = new PictureEncoder(model.Model, Preprocessing.ImageNet);

        using var tokens = encoder.Encode(pictures);

        using var scope = TensorScope.Begin();
        var expected = model.Model.EncodeImages(
            PixelTensors.Normalize(pictures, Preprocessing.ImageNet.Mean, Preprocessing.ImageNet.Deviation));
        Assert.Equal(expected.ToArray<float>(), tokens.ToArray<float>());
    }

    [Fact]
    public void Run_GoodAndBrokenPictures_GivesOneResultEachInOrder()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        var files = new List<string>();
        for (var i = 0; i < 11; i++)
        {
            var path = Path.Combine(folder.Path, $"p{i}.png");
            if (i % 4 == 2)
                File.WriteAllText(path, "broken");
            else
                ImageEncoder.Save(Picture(i, 50 + i, 30), path);
            files.Add(path);
        }
        using var recognizer = new ImageRecognizer(model,
            new() { Top = 2, HasCaption = true, BatchSize = 3, Threads = 2 });

        var results = recognizer.Run(ImageFiles.Expand(files), Token).ToArray();

        Assert.Equal(files, results.Select(r => r.Path));
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal(i % 4 == 2, results[i].Error is not null);
            Assert.Equal(i % 4 == 2 ? 0 : 50 + i, results[i].Width);
            Assert.Equal(i % 4 == 2 ? 0 : 2, results[i].Tags.Count);
            Assert.Equal(i % 4 == 2, results[i].Caption is null);
        }
    }

    [Fact]
    public void Run_PicturesChosenForTrouble_AreReadOrReportedInOneLine()
    {
        using var live = new LiveValues();
        var reference = ReferenceData.Require("reference/images/files");
        using var folder = new TemporaryFolder();
        using var model = Open(folder, ModelParts.Tagging);
        using var recognizer = new ImageRecognizer(model, new() { Top = 1, Threads = 2 });
        var files = Directory.GetFiles(reference).Order(StringComparer.Ordinal).ToArray();

        var results = recognizer.Run(ImageFiles.Expand(files), Token).ToArray();

        Assert.Equal(files, results.Select(r => r.Path));
        using var index =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(reference)!, "index.json")));
        var isReadable = index.RootElement.GetProperty("files").EnumerateArray().ToDictionary(
            f => f.GetProperty("file").GetString()!, f => f.GetProperty("readable").GetBoolean());
        foreach (var result in results)
        {
            if (isReadable[Path.GetFileName(result.Path)])
                Assert.Null(result.Error);
            if (result.Error is { } error)
                Assert.DoesNotContain('\n', error.Message);
            else
                Assert.Single(result.Tags);
        }
    }

    [Fact]
    public void Run_LargeJpegWithMargin_TellsItsOwnSizeAndNearlyTheSameTags()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyTag2Text.Model();
        var path = Path.Combine(folder.Path, "p.jpg");
        ImageEncoder.Save(ImageResizer.Resize(Picture(4, 6, 5), 1200, 900, ResizeFilter.Bicubic), path);
        RecognizedImage Recognize(double? margin)
        {
            var preprocessing = Preprocessing.EfficientNetLite with { JpegMargin = margin };
            var place = Path.Combine(folder.Path, $"model{margin}");
            ModelFolder.Save(place, TinyTag2Text.FolderConfig with { Preprocessing = preprocessing }, model,
                TinyTag2Text.Tokenizer,
                TinyTag2Text.Tags, "# Tiny\n");
            using var loaded = ModelFolder.Open(place).OpenModel();
            using var recognizer = new ImageRecognizer(loaded, new() { Top = 5 });
            return Assert.Single(recognizer.Run([new ImageFile(path)], Token));
        }

        var (full, reduced) = (Recognize(null), Recognize(2));

        Assert.Equal((1200, 900), (reduced.Width, reduced.Height));
        Assert.Equal((1200, 900), (full.Width, full.Height));
        foreach (var tag in full.Tags)
            Assert.Equal(tag.Score, reduced.Tags.Single(t => t.Id == tag.Id).Score, 0.02f);
    }

    [Fact]
    public void Run_OnlyMissingFiles_GivesTheirErrors()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        using var recognizer = new ImageRecognizer(model);

        var results =
            recognizer.Run(ImageFiles.Expand([Path.Combine(folder.Path, "a.jpg"), Path.Combine(folder.Path, "b")]),
            Token).ToArray();

        Assert.Equal(2, results.Length);
        Assert.All(results, r => Assert.Equal(ImageFault.Missing, r.Error!.Fault));
    }

    [Fact]
    public void Run_MorePixelsThanAllowed_IsAnErrorOfThatPictureAlone()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        var (small, large) = (Path.Combine(folder.Path, "s.png"), Path.Combine(folder.Path, "l.png"));
        ImageEncoder.Save(Picture(1, 20, 20), small);
        ImageEncoder.Save(Picture(1, 200, 200), large);
        using var recognizer = new ImageRecognizer(model,
            new() { Decoder = new() { Limits = new() { MaxPixels = 10_000 } } });

        var results = recognizer.Run(ImageFiles.Expand([large, small]), Token).ToArray();

        Assert.Equal(ImageFault.TooLarge, results[0].Error!.Fault);
        Assert.Null(results[1].Error);
    }

    [Fact]
    public void Run_Cancelled_StopsBetweenBatches()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        var path = Path.Combine(folder.Path, "p.png");
        ImageEncoder.Save(Picture(1, 20, 20), path);
        using var recognizer = new ImageRecognizer(model, new() { BatchSize = 2 });
        using var stop = new CancellationTokenSource();
        var taken = 0;

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var _ in recognizer.Run(Enumerable.Repeat(new ImageFile(path), 1000), stop.Token))
            {
                if (++taken == 3)
                    stop.Cancel();
            }
        });
        Assert.InRange(taken, 3, 6);
    }

    [Fact]
    public void Run_EndlessFiles_AreDrawnOnlyAsFarAhead()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder);
        var path = Path.Combine(folder.Path, "p.png");
        ImageEncoder.Save(Picture(1, 20, 20), path);
        var drawn = 0;
        IEnumerable<ImageFile> Endless()
        {
            while (true)
            {
                drawn++;
                yield return new ImageFile(path);
            }
        }
        using var recognizer = new ImageRecognizer(model, new() { BatchSize = 2, Threads = 2 });

        Assert.Equal(20, recognizer.Run(Endless(), Token).Take(20).Count());
        Assert.InRange(drawn, 20, 30);
    }

    [Fact]
    public void Constructor_WrongOptions_ListsAllFaults()
    {
        using var folder = new TemporaryFolder();
        using var model = Open(folder, ModelParts.Tagging);

        var error = Assert.Throws<ArgumentException>(() =>
            new ImageRecognizer(model, new() { Threshold = 2, Top = 0, BatchSize = 0, Threads = 0,
                Generation = new() { Beams = 0 } }));
        string[] expected = ["Threshold 2", "Top 0", "BatchSize 0", "Threads 0", "beams"];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => new ImageRecognizer(model, new() { HasCaption = true }));
    }

    [Fact]
    public void WhereSeen_ATag_GivesAMapOverThePicture()
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var model = Open(folder, ModelParts.Tagging);
        var path = Path.Combine(folder.Path, "p.png");
        ImageEncoder.Save(Picture(5, 30, 40), path);
        using var recognizer = new ImageRecognizer(model);

        var (picture, score, weights, side) = recognizer.WhereSeen(path, 1);

        Assert.Equal((30, 40), (picture.Width, picture.Height));
        Assert.Equal(side * side, weights.Length);
        Assert.InRange(score, 0, 1);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LoadedModel Open(TemporaryFolder folder, ModelParts parts = ModelParts.All)
    {
        using var model = TinyTag2Text.Model();
        var path = Path.Combine(folder.Path, "model");
        TinyTag2Text.Save(model, path);
        return ModelFolder.Open(path).OpenModel(parts);
    }

    private static RgbImage Picture(int seed, int width, int height)
    {
        var picture = new RgbImage(width, height);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }
}
