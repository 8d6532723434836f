using System.IO.Compression;
using System.Text;
using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class ClipTokenizerTests
{
    private const string Merges = "#version: 0.2\nt h\nth e</w>\no g</w>\nd og</w>\na n\nan d</w>\nunused line";

    private static readonly ClipTokenizer Tokenizer = ClipTokenizer.Read(new StringReader(Merges), 6);

    [Theory]
    [InlineData("The dog and", new[] { 513, 515, 517 })]
    [InlineData("dogs", new[] { 67, 78, 70, 338 })]
    [InlineData("", new int[0])]
    [InlineData("<|startoftext|> dog <|ENDOFTEXT|>", new[] { 518, 515, 519 })]
    [InlineData("12", new[] { 272, 273 })]
    [InlineData("the's", new[] { 513, 6, 338 })]
    [InlineData("?!", new[] { 30, 256 })]
    public void Encode_Text_JoinsBytes(string text, int[] expected) =>
        Assert.Equal(expected, Tokenizer.Encode(text));

    [Theory]
    [InlineData("The  dog", "the dog ")]
    [InlineData("Çà 犬 🐕", "çà 犬 🐕 ")]
    [InlineData("a1b", "a 1 b ")]
    public void Decode_EncodedText_GivesCleanedWords(string text, string expected) =>
        Assert.Equal(expected, Tokenizer.Decode(Tokenizer.Encode(text)));

    [Fact]
    public void EncodeWithSpecials_LongAndShortText_FillsTheContext()
    {
        Assert.Equal([518, 513, 519, 0, 0], Tokenizer.EncodeWithSpecials("the", 5));
        Assert.Equal([518, 513, 513, 513, 519], Tokenizer.EncodeWithSpecials("the the the the", 5));
        Assert.Equal(77, Tokenizer.EncodeWithSpecials("the").Length);
    }

    [Fact]
    public void Encode_LongWord_IsFast() =>
        Assert.NotEmpty(Tokenizer.Encode(string.Concat(Enumerable.Repeat("theandog", 20_000))));

    [Theory]
    [InlineData("v\nt h\n", 2, "line 3: expected 2 merges, got 1")]
    [InlineData("v\nt h\nth\n", 2, "line 3: expected two pieces")]
    [InlineData("v\nt h\nth  e\n", 2, "line 3: expected two pieces")]
    [InlineData("v\nt he\n", 1, "line 2: joins 'he', which no line before makes")]
    [InlineData("v\nt</w> h\n", 1, "line 2: joins 't</w>', which ends a word")]
    [InlineData("", 1, "line 2: expected 1 merges, got 0")]
    public void Read_FaultyMerges_SaysWhere(string text, int count, string expected)
    {
        var error = Assert.Throws<VocabularyException>(() => ClipTokenizer.Read(new StringReader(text), count));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HostileFiles_GiveClearErrors()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "merges");

        File.WriteAllText(path, new string('a', 100_000));
        Assert.Contains("at most", Assert.Throws<VocabularyException>(() => ClipTokenizer.Load(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(path, [0x1F, 0x8B, 1, 2, 3, 4]);
        Assert.Throws<VocabularyException>(() => ClipTokenizer.Load(path));
        File.WriteAllBytes(path, [0x61, 0x0A, 0xFF, 0xFE]);
        Assert.Throws<VocabularyException>(() => ClipTokenizer.Load(path));
    }

    [Fact]
    public void Load_GzipOrPlain_GivesTheSame()
    {
        using var folder = new TemporaryFolder();
        var plain = Path.Combine(folder.Path, "merges.txt");
        var packed = plain + ".gz";
        File.WriteAllText(plain, Merges);
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(Merges));

        Assert.Equal(520, ClipTokenizer.Load(plain, 6).VocabularySize);
        Assert.Equal(ClipTokenizer.Load(plain, 6).Encode("the dog"), ClipTokenizer.Load(packed, 6).Encode("the dog"));
    }

    [Fact]
    public void EncodeAndDecode_ReferenceLines_AreEqual()
    {
        var tokenizer = ClipTokenizer.Load(ReferenceData.Require("data/text/clip/bpe_simple_vocab_16e6.txt.gz"));
        Assert.Equal(49408, tokenizer.VocabularySize);
        var (count, faults) = (0, new List<string>());
        foreach (var line in ReferenceLines.Read(ReferenceData.Require("reference/tokenizers/clip.jsonl")))
        {
            count++;
            var text = line.Text("text")!;
            var ids = line.Ids("ids")!;
            int[] padded = [49406, .. ids, 49407, .. new int[Math.Max(0, 75 - ids.Length)]];
            if ((line.Text("cleaned") ?? text) != ClipTextCleaner.Clean(text)
                || !ids.SequenceEqual(tokenizer.Encode(text))
                || line.Text("decode") != tokenizer.Decode(ids)
                || !(line.Ids("ids77") ?? padded).SequenceEqual(tokenizer.EncodeWithSpecials(text)))
            {
                faults.Add($"{count}: '{text}' expected '{line.Text("cleaned")}' got '{ClipTextCleaner.Clean(text)}'");
            }
        }
        Assert.Empty(faults);
        Assert.Equal(2000, count);
    }
}
