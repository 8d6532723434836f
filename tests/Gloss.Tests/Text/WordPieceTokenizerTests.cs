using System.Text;
using System.Text.Json;
using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] Vocabulary =
    [
        "a", "dog", "##s", "run", "##ning", ".", "[CLS]", "[UNK]", "'", "s", "σ", "##σ", "i", "ᄒ", "##ᅡ", "##ᆫ",
        "[PAD]", "犬", "[SEP]", "[MASK]", "=", "cafe", "##", "n", "##o", "й", "и", "!", "[", "]", "m", "##as", "##k",
    ];

    private static readonly WordPieceTokenizer Tokenizer = new(Vocabulary, ["[DEC]", "[ENC]"]);

    [Theory]
    [InlineData("", "")]
    [InlineData("A dogs  running.", "a dog ##s run ##ning .")]
    [InlineData("Café CAFÉ cafe\u0301", "cafe cafe cafe")]
    [InlineData("犬dog犬", "犬 dog 犬")]
    [InlineData("dog\u200Ds\u0000", "dog ##s")]
    [InlineData("dog\u2028a\u00A0a\ta", "dog a a a")]
    [InlineData("dog\u000Bs \uFFFD \uD800 \uE000", "dog ##s")]
    [InlineData("ΣΣ", "σ ##σ")]
    [InlineData("İ", "i")]
    [InlineData("한", "ᄒ ##ᅡ ##ᆫ")]
    [InlineData("й", "и")]
    [InlineData("≠", "=")]
    [InlineData("zebra", "[UNK]")]
    [InlineData("dogz a", "[UNK] a")]
    [InlineData("a[MASK]dog.[mask]", "a [MASK] dog . [ m ##as ##k ]")]
    [InlineData("[DEC][ENC][DEC", "[DEC] [ENC] [ [UNK]")]
    public void Encode_Text_GivesPieces(string text, string expected)
    {
        var ids = Tokenizer.Encode(text);

        Assert.Equal(expected, string.Join(' ', ids.Select(Tokenizer.TokenOf)));
    }

    [Fact]
    public void Encode_CharactersNewerThanUnicode14_AreDropped() =>
        // U+1FAE8 shaking face came with Unicode 15.0, U+1FAE0 melting face with 14.0.
        Assert.Equal([Tokenizer.IdOf("a")!.Value, Tokenizer.UnkId], Tokenizer.Encode("a \U0001FAE8 \U0001FAE0"));

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Encode_LongWord_IsUnknownAbove100CodePoints(int length, bool known)
    {
        var vocabulary = Vocabulary.Append("##\U00010400").Append("\U00010428").Append("##\U00010428");
        var tokenizer = new WordPieceTokenizer(vocabulary);

        var ids = tokenizer.Encode(new StringBuilder().Insert(0, "\U00010400", length).ToString());

        Assert.Equal(known ? length : 1, ids.Length);
        Assert.Equal(known ? tokenizer.IdOf("\U00010428") : tokenizer.UnkId, ids[0]);
    }

    [Theory]
    [InlineData(null, "[CLS] a dog ##s run ##ning . [SEP]")]
    [InlineData(8, "[CLS] a dog ##s run ##ning . [SEP]")]
    [InlineData(7, "[CLS] a dog ##s run ##ning [SEP]")]
    [InlineData(2, "[CLS] [SEP]")]
    public void EncodeWithSpecials_MaxLength_CutsBeforeSep(int? maxLength, string expected)
    {
        var ids = Tokenizer.EncodeWithSpecials("a dogs running.", maxLength);

        Assert.Equal(expected, string.Join(' ', ids.Select(Tokenizer.TokenOf)));
    }

    [Theory]
    [InlineData("a dog ##s run .", false, "a dogs run.")]
    [InlineData("[CLS] dog ' s [SEP] [PAD]", true, "dog's")]
    [InlineData("[CLS] dog [DEC] ##s [UNK]", false, "[CLS] dog [DEC] ##s [UNK]")]
    [InlineData("[DEC] dog ! [ENC]", true, "dog!")]
    [InlineData("##s dog", false, "##s dog")]
    [InlineData("", false, "")]
    public void Decode_Ids_JoinsPieces(string tokens, bool skip, string expected)
    {
        var ids = tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => Tokenizer.IdOf(t)!.Value);

        Assert.Equal(expected, Tokenizer.Decode([.. ids], skip));
    }

    [Fact]
    public void Encode_LongText_GrowsItsList() =>
        Assert.Equal(5000, Tokenizer.Encode(string.Concat(Enumerable.Repeat("dog ", 5000))).Length);

    [Fact]
    public void Ids_SpecialTokensAnywhere_AreFound()
    {
        Assert.Equal(
            (16, 7, 6, 18, 19),
            (Tokenizer.PadId, Tokenizer.UnkId, Tokenizer.ClsId, Tokenizer.SepId, Tokenizer.MaskId));
        Assert.Equal(Vocabulary.Length, Tokenizer.IdOf("[DEC]"));
        Assert.Equal(Vocabulary.Length + 2, Tokenizer.VocabularySize);
        Assert.Null(Tokenizer.IdOf("cat"));
    }

    [Fact]
    public void Save_ThenLoad_GivesTheSameIds()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "vocab.txt");

        Tokenizer.Save(path);
        var loaded = WordPieceTokenizer.Load(path, ["[DEC]", "[ENC]"]);

        Assert.Equal(Tokenizer.VocabularySize, loaded.VocabularySize);
        Assert.Equal(Tokenizer.IdOf("[ENC]"), loaded.IdOf("[ENC]"));
        Assert.Equal(Tokenizer.Encode("a dog [ENC]"), loaded.Encode("a dog [ENC]"));
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "without [MASK]")]
    [InlineData("[PAD]\na\n\nb\n", "line 3: expected a token, got an empty line")]
    [InlineData("a\nb\na\n", "line 3: the token 'a' stands already in line 1")]
    [InlineData("", "0 tokens without")]
    public void Load_FaultyVocabulary_SaysWhere(string text, string expected)
    {
        using var reader = new StringReader(text);

        var error = Assert.Throws<VocabularyException>(() => WordPieceTokenizer.Load(reader));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NotUtf8_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "vocab.txt");
        File.WriteAllBytes(path, [0x61, 0x0A, 0xFF, 0xFE, 0x80, 0x0A]);

        Assert.Contains(
            "not UTF-8",
            Assert.Throws<VocabularyException>(() => WordPieceTokenizer.Load(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_IdOutsideTheVocabulary_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizer.Decode([Tokenizer.VocabularySize]));

    [Fact]
    public void EncodeAndDecode_ReferenceLines_AreEqual()
    {
        var tokenizer = WordPieceTokenizer.Load(ReferenceData.Require("data/text/bert/vocab.txt"));

        Assert.Equal(2000, AssertEqualToReference(tokenizer, "reference/tokenizers/bert.jsonl"));
    }

    [Fact]
    public void EncodeAndDecode_ReferenceLinesWithAddedTokens_AreEqual()
    {
        var vocabulary = ReferenceData.Require("data/text/bert/vocab.txt");
        var tokenizer = WordPieceTokenizer.Load(vocabulary, ["[DEC]", "[ENC]"]);

        Assert.Equal(30524, tokenizer.VocabularySize);
        Assert.Equal(2, AssertEqualToReference(tokenizer, "reference/tokenizers/bert_dec_enc.jsonl"));
    }

    private static int AssertEqualToReference(WordPieceTokenizer tokenizer, string file)
    {
        var count = 0;
        foreach (var line in ReferenceLines.Read(ReferenceData.Require(file)))
        {
            count++;
            var text = line.Text("text")!;
            var ids = line.Ids("ids")!;
            int[] withSpecials = [tokenizer.ClsId, .. ids, tokenizer.SepId];
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(withSpecials, tokenizer.EncodeWithSpecials(text));
            Assert.Equal(line.Text("decode"), tokenizer.Decode(ids));
            Assert.Equal(line.Text("decode_skip"), tokenizer.Decode(withSpecials, skipSpecialTokens: true));
            if (line.Ids("ids40") is { } ids40)
                Assert.Equal(ids40, tokenizer.EncodeWithSpecials(text, 40));
        }
        return count;
    }
}
