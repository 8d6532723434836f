using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Gloss.Data;

namespace Gloss.Tests.Data;

public sealed class CaptionedImagesTests
{
    [Fact]
    public void Read_Folder_GivesPathsCaptionsAndSplits()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "images"));
        Write(folder, "captions.jsonl",
            "{\"image\": \"a.jpg\", \"split\": \"train\", \"captions\": [\"one\", \"two\"]}\n\n{\"image\": \"b.jpg\", "
            + "\"split\": \"val\", \"captions\": [], \"width\": 3}\n");

        var images = CaptionedImages.Read(folder.Path).ToList();

        Assert.Equal([Path.Combine(folder.Path, "images", "a.jpg"), Path.Combine(folder.Path, "images", "b.jpg")],
            images.Select(i => i.ImagePath));
        Assert.Equal(["one", "two"], images[0].Captions);
        Assert.Null(images[0].UnionLabelIds);
        Assert.Equal("val", Assert.Single(CaptionedImages.Read(folder.Path, "val")).Split);
    }

    [Theory]
    [InlineData("list.json")]
    [InlineData("list.json.gz")]
    public void Read_ListOfTag2Text_GivesLabels(string name)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, name, """
            [ {"image_path": "coco/1.jpg", "caption": ["a dog", "a cat"], "parse_label_id": [[3], [1, 2]], "union_label_id": [1, 2, 3]},
              {"image_path": "/data/2.jpg", "caption": "a tree", "parse_label_id": [7], "union_label_id": [7]} ]
            """);

        var images = CaptionedImages.Read(path).ToList();

        Assert.Equal([Path.Combine(folder.Path, "coco/1.jpg"), "/data/2.jpg"], images.Select(i => i.ImagePath));
        Assert.Equal([[3], [1, 2]], images[0].ParseLabelIds!);
        Assert.Equal([1, 2, 3], images[0].UnionLabelIds!);
        Assert.Equal(["a tree"], images[1].Captions);
        Assert.Equal([[7]], images[1].ParseLabelIds!);
    }

    [Fact]
    public void Read_Coco_JoinsAnnotationsToPictures()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "captions.json", """
            {"info": {}, "annotations": [{"image_id": 2, "id": 1, "caption": "two"}, {"image_id": 1, "id": 2, "caption": "one"}, {"image_id": 2, "id": 3, "caption": "zwei"}],
             "images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}]}
            """);
        var instances = Write(folder, "instances.json", """
            {"categories": [{"id": 9, "name": "dog"}, {"id": 5, "name": "cat"}], "images": [{"id": 1, "file_name": "1.jpg"}],
             "annotations": [{"image_id": 1, "category_id": 9}, {"image_id": 1, "category_id": 5}, {"image_id": 1, "category_id": 9}]}
            """);

        var images = CaptionedImages.Read(path, imageFolder: "val").ToList();

        Assert.Equal(["val/1.jpg", "val/2.jpg"], images.Select(i => i.ImagePath));
        Assert.Equal(["two", "zwei"], images[1].Captions);
        Assert.Equal(["dog", "cat"], CaptionedImages.Read(instances).Single().Tags);
    }

    [Theory]
    [InlineData("x.jsonl", "{\"image\": \"a.jpg\"}\n{\"image\": 3}\n", "x.jsonl:2 · image · expected a text, got 3")]
    [InlineData("x.jsonl", "{\"captions\": []}\n", "x.jsonl:1 · image · expected the picture's path")]
    [InlineData("x.jsonl", "{\"image\": \"a.jpg\", \"captions\": [1]}\n",
        "x.jsonl:1 · captions · expected texts, got 1")]
    [InlineData("x.jsonl", "{\"image\": \"a.j", "x.jsonl:1 · expected a JSON object")]
    [InlineData("x.json", "[{\"image_path\": \"a\", \"caption\": [\"b\"], \"union_label_id\": [1.5]}]",
        "x.json, entry 1 · union_label_id · expected whole numbers from 0, got 1.5")]
    [InlineData("x.json", "[{\"image_path\": \"a\", \"caption\": [\"b\"], \"parse_label_id\": [[1], [2]]}]",
        "expected one list for each of 1 captions, got 2")]
    [InlineData("x.json", "[{\"image_path\": \"a\"}, {", "x.json, entry 2 · expected a JSON list of objects")]
    [InlineData("x.json", "{\"images\": []}", "expected the lists images and annotations, got no annotations")]
    [InlineData("x.json", "{\"images\": [], \"annotations\": [{\"image_id\": 4}]}", "annotation 1 · image_id")]
    [InlineData("x.csv", "", "expected .jsonl, .json (or these as .gz) or .tar, got '.csv'")]
    [InlineData("x.tar", "no tar", "x.tar is no whole tar file")]
    public void Read_BrokenFile_NamesThePlace(string name, string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, name, content);
        var error = Assert.Throws<DatasetException>(() => CaptionedImages.Read(path).ToList());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Shards_GivesPicturesInAnyOrder()
    {
        using var folder = new TemporaryFolder();
        Tar(folder, "b-00001.tar", ("2.jpg", "picture 2"), ("2.txt", "a caption\n"));
        Tar(folder, "b-00000.tar", ("d/0.jpg", "picture 0"),
            ("d/0.json", "{\"split\": \"train\", \"tags\": [\"abbey\"]}"),
            ("d/0.cls", "7"), ("1.json", "{\"captions\": [\"x\"]}"), ("1.png", "picture 1"));

        var images = CaptionedImages.Read(folder.Path).ToList();

        Assert.Equal(["d/0.jpg", "1.png", "2.jpg"],
            images.Select(i => i.ImagePath[(i.ImagePath.IndexOf(".tar/", StringComparison.Ordinal) + 5)..]));
        Assert.Equal(["picture 2", "picture 0", "picture 1"],
            new[] { 2, 0, 1 }.Select(i => Encoding.UTF8.GetString(images[i].ReadImage())));
        Assert.Equal(("train", "abbey"), (images[0].Split, images[0].Tags.Single()));
        Assert.Equal(("x", "a caption"), (images[1].Captions.Single(), images[2].Captions.Single()));
    }

    [Fact]
    public void Read_BrokenShards_NameTheEntry()
    {
        using var folder = new TemporaryFolder();
        var whole = Tar(folder, "a.tar", ("0.jpg", new string('x', 5000)), ("0.json", "{}"));
        var large = Assert.Throws<DatasetException>(() =>
            CaptionedImages.Read(whole, shards: new WebDatasetOptions { MaxImageBytes = 4999 }).ToList());
        Assert.Contains("0.jpg · expected at most 4,999 bytes, got 5,000", large.Message, StringComparison.Ordinal);
        var text = Assert.Throws<DatasetException>(() =>
            CaptionedImages.Read(whole, shards: new WebDatasetOptions { MaxTextBytes = 1 }).ToList());
        Assert.Contains("0.json · expected at most 1 bytes, got 2", text.Message, StringComparison.Ordinal);

        var cut = Path.Combine(folder.Path, "cut.tar");
        File.WriteAllBytes(cut, File.ReadAllBytes(whole)[..3000]);
        Assert.Contains("download complete",
            Assert.Throws<DatasetException>(() => CaptionedImages.Read(cut).ToList()).Message,
            StringComparison.Ordinal);

        var none = Tar(folder, "none.tar", ("5.json", "{}"));
        Assert.Contains("5 · expected a picture, got .json",
            Assert.Throws<DatasetException>(() => CaptionedImages.Read(none).ToList()).Message,
            StringComparison.Ordinal);
        var broken = Tar(folder, "broken.tar", ("5.jpg", "x"), ("5.json", "{"));
        Assert.Contains("5.json · expected a JSON object",
            Assert.Throws<DatasetException>(() => CaptionedImages.Read(broken).ToList()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/flickr8k", 7086, 5, 0)]
    [InlineData("data/coco_mini", 80, 5, 1)]
    [InlineData("data/imagenet1000", 1000, 0, 1)]
    public void Read_PublicSets_AreWhole(string name, int count, int captions, int minTags)
    {
        var images = CaptionedImages.Read(ReferenceData.Require(name)).ToList();
        Assert.Equal(count, images.Count);
        Assert.All(images, image => Assert.True(image.Captions.Count >= captions && image.Tags.Count >= minTags,
            image.ImagePath));
        var bytes = images[count / 2].ReadImage();
        Assert.Equal([0xFF, 0xD8], bytes[..2]);
        Assert.Equal([0xFF, 0xD9], bytes[^2..]);
    }

    private static string Write(TemporaryFolder folder, string name, string content)
    {
        var path = Path.Combine(folder.Path, name);
        using var file = File.Create(path);
        using var stream = name.EndsWith(".gz", StringComparison.Ordinal)
            ? (Stream)new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(Encoding.UTF8.GetBytes(content));
        return path;
    }

    private static string Tar(TemporaryFolder folder, string name, params (string Name, string Content)[] files)
    {
        var path = Path.Combine(folder.Path, name);
        using var stream = File.Create(path);
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar);
        foreach (var (file, content) in files)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile,
                file) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
        return path;
    }
}
