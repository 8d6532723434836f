using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Gloss.Data;
using Gloss.Text.Mining;

namespace Gloss.Tests.Data;

public sealed class CaptionReaderTests
{
    private readonly MiningReport report = new();

    [Fact]
    public void Read_EveryForm_GivesTheSameCaptions()
    {
        using var folder = new TemporaryFolder();
        string[] captions = ["A dog .", "Zwei Hunde ❤ ."];
        var json = "[\"A dog .\", {\"text\": \"Zwei Hunde \\u2764 .\", \"phrases\": []}]";
        Write(folder, "a.txt", "A dog .\r\nZwei Hunde ❤ .");
        Write(folder, "b.jsonl", $"{{\"image\": \"1.jpg\", \"split\": \"val\", \"captions\": {json}}}\n\n");
        Write(folder, "c.json",
            $"[{{\"image_path\": \"1.jpg\", \"caption\": {json}, \"union_label_id\": \"broken\"}}]");
        Write(folder, "d.json", """
            {"images": [{"id": 1, "file_name": "1.jpg"}], "annotations": [{"image_id": 1, "caption": "A dog ."}, {"image_id": 1, "caption": "Zwei Hunde ❤ ."}]}
            """);
        Tar(folder, "e.tar", ("x/1.jpg", "picture"u8.ToArray()),
            ("x/1.json", Encoding.UTF8.GetBytes("{\"caption\": \"A dog .\"}")),
            ("x/1.txt", Encoding.UTF8.GetBytes("Zwei Hunde ❤ .\n")));
        foreach (var name in new[] { "a.txt", "b.jsonl", "c.json", "d.json" })
        {
            using var packed = new GZipStream(File.Create(Path.Combine(folder.Path, $"z{name}.gz")),
                CompressionLevel.Fastest);
            packed.Write(File.ReadAllBytes(Path.Combine(folder.Path, name)));
        }

        foreach (var file in Directory.GetFiles(folder.Path))
            Assert.Equal(captions, CaptionReader.Read(file).SelectMany(e => e.Captions));

        var all = CaptionReader.Read(folder.Path, report).ToList();
        Assert.Equal(Enumerable.Repeat(captions, 9).SelectMany(c => c), all.SelectMany(e => e.Captions));
        Assert.Equal([null, null, "1.jpg", "1.jpg", "1.jpg", "e.tar/x/1.jpg"], all.Take(6).Select(e => e.Image));
        Assert.Equal("val", all[2].Split);
        Assert.Equal("", report.Faults);
    }

    [Fact]
    public void Read_BrokenLines_AreCountedWithTheirPlace()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "captions.jsonl", """
            {"image": "a.jpg", "captions": ["A dog ."]}
            {"image":
            [1]
            {"image": "b.jpg"}
            {"image": "b.jpg", "captions": [null]}
            {"image": "b.jpg", "captions": []}
            {"image": 7, "caption": "A cow ."}
            {"caption": "A cat ."}
            """);
        Assert.Equal(["A dog .", "A cat ."], CaptionReader.Read(path, report).SelectMany(e => e.Captions));
        Assert.Equal(6, report.Unreadable);
        Assert.Equal(Enumerable.Range(2, 6).Select(line => $"captions.jsonl:{line} ·"),
            report.Places.Select(place =>
                place[place.LastIndexOf("captions.jsonl", StringComparison.Ordinal)..(
                place.IndexOf('·', StringComparison.Ordinal) + 1)]));
        Assert.Throws<DatasetException>(() => CaptionReader.Read(path).Count());
    }

    [Fact]
    public void Read_InvalidText_IsRepairedAndCounted()
    {
        using var folder = new TemporaryFolder();
        byte[] broken = [.. "{\"image\": \"a.jpg\", \"caption\": \"A d"u8, 0xC3, .. "g \\u00fc .\"}"u8];
        const string half = "{\"caption\": \"A \\\\\\ud83d dog \\ud83d\\udc36\"}";
        Write(folder, "a.jsonl", [.. broken, (byte)'\n', .. Encoding.UTF8.GetBytes(half)]);
        Write(folder, "b.json", [(byte)'[', .. broken, (byte)',', .. Encoding.UTF8.GetBytes(half), (byte)']']);
        Write(folder, "c.json",
            [
            .. "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [{\"image_id\": 1, \"caption\": \"A d"u8,
            0xC3, .. "g \\u00fc .\"}]}"u8]);
        Tar(folder, "d.tar", ("1.json", broken), ("2.txt", [0xFF, (byte)'x']));

        var captions = CaptionReader.Read(folder.Path, report).SelectMany(e => e.Captions).ToList();

        string[] both = ["A d\uFFFDg ü .", "A \\\uFFFD dog 🐶"];
        Assert.Equal([.. both, .. both, both[0], both[0], "\uFFFDx"], captions);
        Assert.Equal((7, 0), (report.InvalidText, report.Unreadable));
    }

    [Fact]
    public void Read_BrokenList_GivesWhatStandsBefore()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "x.json",
            "[{\"caption\": \"one\"}, {\"caption\": 2}, {\"caption\": \"three\"}, {\"capt");
        Assert.Equal(["one", "three"], CaptionReader.Read(path, report).SelectMany(e => e.Captions));
        Assert.Equal(2, report.Unreadable);
        Assert.Contains("x.json, entry 2 · caption · expected a text or a list of texts, got 2", report.Places[0],
            StringComparison.Ordinal);
        Assert.Contains("x.json, entry 4 · expected a JSON list of objects", report.Places[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BrokenEntriesOfCoco_AreLeftOut()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, "captions.json", """
            {"images": [{"id": 1, "file_name": "1.jpg"}, {"id": "two", "file_name": "2.jpg"}, {"id": 3}, null, {"id": 4, "file_name": "4.jpg"}],
             "annotations": [{"image_id": 1, "caption": "one"}, {"image_id": 9, "caption": "nine"}, {"image_id": 1}, 7, {"caption": "lost"},
              {"image_id": 1, "caption": "eins"}]}
            """);
        var entry = Assert.Single(CaptionReader.Read(path, report));
        Assert.Equal("1.jpg", entry.Image);
        Assert.Equal(["one", "eins"], entry.Captions);
        string[] expected =
        [
            "image 2 · id · expected a whole number", "image 3 · file_name · expected a text", "image 4 · id",
            "annotation 2 · image_id · expected the id of a picture in images, got 9",
            "annotation 3 · caption · expected a text, got none",
            "annotation 4 · image_id · expected a whole number", "annotation 5 · image_id",
            "4.jpg · expected captions, got none",
        ];
        Assert.Equal(expected.Length, report.Unreadable);
        Assert.All(report.Places.Zip(expected), p => Assert.Contains(p.Second, p.First, StringComparison.Ordinal));
        Assert.Throws<DatasetException>(() => CaptionReader.Read(path).Count());
    }

    [Fact]
    public void Read_BrokenMembersOfShards_AreLeftOut()
    {
        using var folder = new TemporaryFolder();
        var path = Tar(folder, "a.tar", ("1.json", "{\"caption\": \"one\"}"u8.ToArray()),
            ("2.jpg", "no caption"u8.ToArray()),
            ("3.json", "{\"caption\": "u8.ToArray()), ("3.txt", "lost with its example"u8.ToArray()),
            ("4.txt", "four"u8.ToArray()),
            ("5.txt", "five"u8.ToArray()), ("6.txt", "six"u8.ToArray()));
        var bytes = File.ReadAllBytes(path);
        var five = bytes.AsSpan().IndexOf("5.txt"u8);
        bytes.AsSpan(five + 124, 24).Fill((byte)'z'); // its size, which the reader needs
        File.WriteAllBytes(path, bytes);
        var cut = Path.Combine(folder.Path, "b.tar");
        File.WriteAllBytes(cut, [.. bytes.AsSpan(0, 1024 + 100)]);
        Write(folder, "c.tar", "no tar at all");

        var captions = CaptionReader.Read(folder.Path, report).SelectMany(e => e.Captions);

        Assert.Equal(["one", "four", "six", "one"], captions);
        Assert.Equal(5, report.Unreadable);
        Assert.Contains("2 · expected captions in .json or .txt, got none", report.Places[0], StringComparison.Ordinal);
        Assert.Contains("3.json · expected a JSON object", report.Places[1], StringComparison.Ordinal);
        Assert.Contains("a.tar is no whole tar file", report.Places[2], StringComparison.Ordinal);
        Assert.Contains("b.tar", report.Places[3], StringComparison.Ordinal);
        Assert.Contains("c.tar is no whole tar file", report.Places[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutArchive_GivesWhatStandsBefore()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "x.txt.gz");
        using (var packed = new GZipStream(File.Create(path), CompressionLevel.NoCompression))
            packed.Write(
                Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"caption {i}\n"))));
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length / 2, 1000).Fill(0xFF);
        File.WriteAllBytes(path, bytes);
        Assert.InRange(CaptionReader.Read(path, report).Count(), 20_000, 50_000);

        File.WriteAllBytes(path, bytes[..(bytes.Length / 3)]);
        var cut = new MiningReport();
        Assert.InRange(CaptionReader.Read(path, cut).Count(), 10_000, 20_000);
        Assert.Contains("cannot be read further", cut.Places.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Tables_GivesCaptionsOfEachPictureAndTellsBrokenRows()
    {
        using var folder = new TemporaryFolder();
        var csv = Write(folder, "a.csv",
            "image,caption\n1.jpg,A dog , running .\n1.jpg,\"A \"\"dog\"\", brown\"\n2.jpg,\n3.jpg\n4.jpg,\"open\n");
        Assert.Equal([("1.jpg", "A dog , running .|A \"dog\", brown"), ("2.jpg", "")], Read(csv));
        Assert.Equal(["a.csv:5 · expected 2 columns, got 1: 3.jpg",
            "a.csv:6 · a quote that does not end: 4.jpg,\"open"],
            report.Places.Select(place => place[(folder.Path.Length + 1)..]));
        Assert.Equal([("x.jpg", "Two men .")],
            Read(Write(folder, "b.csv", "image_name| comment_number| comment\nx.jpg| 0| Two men .\n")));
        Assert.Equal([("http://x/1.jpg", "A dog .")], Read(Write(folder, "c.tsv", "A dog .\thttp://x/1.jpg\n")));
        Assert.Equal([(null, "A \"dog .")], Read(Write(folder, "d.tsv", "caption\tn\nA \"dog .\t1\n")));
        Assert.Contains("expected a row with the names of columns", Assert.Throws<DatasetException>(
            () => CaptionReader.Read(Write(folder, "e.csv", "1,2\n3,4\n")).Count()).Message, StringComparison.Ordinal);

        (string?, string)[] Read(string path) =>
            [.. CaptionReader.Read(path, report).Select(entry => (entry.Image, string.Join('|', entry.Captions)))];
    }

    [Fact]
    public void Read_FolderOfPictures_TakesTheTextBesideEach()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, text) in new[] { ("1.jpg", "x"), ("1.txt", "A dog .\nA brown dog .\n"), ("2.png", "x"),
            ("2.txt", ""), ("3.txt", "A cat .\nA man .") })
            Write(folder, name, text);
        Assert.Equal([("1.jpg", 2), ("2.png", 1), (null, 1), (null, 1)],
            CaptionReader.Read(folder.Path, report).Select(entry => (entry.Image, entry.Captions.Count)));
    }

    [Fact]
    public void Read_NothingThere_SaysWhatWasExpected()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("has no captions", Fault(folder.Path), StringComparison.Ordinal);
        Assert.Contains("is not there", Fault(Path.Combine(folder.Path, "x.txt")), StringComparison.Ordinal);
        Assert.Contains("got '.pdf'", Fault(Write(folder, "x.pdf", "")), StringComparison.Ordinal);

        string Fault(string path) =>
            Assert.Throws<DatasetException>(() => CaptionReader.Read(path, report).Count()).Message;
    }

    private static string Write(TemporaryFolder folder, string name, string content) =>
        Write(folder, name, Encoding.UTF8.GetBytes(content));

    private static string Write(TemporaryFolder folder, string name, byte[] content)
    {
        var path = Path.Combine(folder.Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string Tar(TemporaryFolder folder, string name, params (string Name, byte[] Content)[] files)
    {
        var path = Path.Combine(folder.Path, name);
        using var tar = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        foreach (var (file, content) in files)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile,
                file) { DataStream = new MemoryStream(content) });
        return path;
    }
}
