using Gloss.Data;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Text;

public sealed class SubSentenceTextTests
{
    [Theory]
    [InlineData("dots")]
    [InlineData("long")]
    [InlineData("phrases")]
    [InlineData("question")]
    [InlineData("commas")]
    [InlineData("accents")]
    [InlineData("single")]
    [InlineData("double")]
    [InlineData("only_specials")]
    public void FromIds_ReferenceCaption_MaskAndPositionsEqualTheOfficial(string key)
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("text.safetensors");
        int[] ids = [.. data[$"{key}.input_ids"].ToArray<long>().Select(i => (int)i)];
        var text = SubSentenceText.FromIds(GroundingReference.Tokenizer, ids, int.MaxValue);
        Assert.Equal(data[$"{key}.position_ids"].ToArray<long>(), text.Positions.Select(p => (long)p));
        var mask = data[$"{key}.self_attention_mask"].ToArray<byte>();
        for (var i = 0; i < ids.Length; i++)
        {
            for (var j = 0; j < ids.Length; j++)
                Assert.True(mask[i * ids.Length + j] == (text.Segments[i] == text.Segments[j] ? 1 : 0),
                    $"{key}: tokens {i}, {j}");
        }
    }

    [Fact]
    public void Pad_ReferenceBatch_EqualsTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("text.safetensors");
        var (ids, lengths) = (data["padded_batch.input_ids"], data["padded_batch.attention_mask"]);
        var texts = Enumerable.Range(0, 3).Select(row =>
        {
            var count = lengths.Select(0, row).ToArray<byte>().Count(b => b != 0);
            return SubSentenceText.FromIds(GroundingReference.Tokenizer,
                [.. ids.Select(0, row).ToArray<long>().Take(count).Select(i => (int)i)]);
        }).ToList();
        var (gotIds, mask, segments, positions) = TokenTensors.Pad(texts, 0);
        Assert.Equal(ids.ToArray<long>(), gotIds.ToArray<long>());
        Assert.Equal(lengths.ToArray<byte>().Select(b => (long)b), mask.ToArray<long>());
        Assert.Equal(data["padded_batch.position_ids"].ToArray<long>(), positions.ToArray<long>());
        var visible = segments.Unsqueeze(2).EqualTo(segments.Unsqueeze(1)).To(ScalarType.UInt8);
        Assert.Equal(data["padded_batch.self_attention_mask"].ToArray<byte>(), visible.ToArray<byte>());
    }

    [Fact]
    public void FromCaption_Spans_TheirTokensAreThePhrases()
    {
        var tokenizer = Small();
        var text = SubSentenceText.FromCaption(tokenizer, "a red dog runs", spans: [(0, 9), (2, 5)]);
        Assert.Equal(["[CLS]", "a", "red", "dog", "runs", ".", "[SEP]"], text.Ids.Select(tokenizer.TokenOf));
        Assert.Equal([new TokenRange(1, 4), new TokenRange(2, 3)], text.Phrases);
        Assert.Equal([0, 0, 1, 2, 3, 4, 0], text.Positions);
    }

    [Fact]
    public void FromPhrases_PhraseWithItsOwnMark_StaysOneSegment()
    {
        var tokenizer = Small();
        var text = SubSentenceText.FromPhrases(tokenizer, [tokenizer.Encode("a . dog"), tokenizer.Encode("red")]);
        Assert.Equal([0, 1, 1, 1, 1, 2, 2, 3], text.Segments);
        Assert.Equal([0, 0, 1, 2, 3, 0, 1, 0], text.Positions);
        Assert.Equal([new TokenRange(1, 4), new TokenRange(5, 6)], text.Phrases);
    }

    [Fact]
    public void FromCaption_LongerThanTheLimit_PhrasesCutOffAreEmpty()
    {
        var text = SubSentenceText.FromCaption(Small(), "a red dog runs", maxTokens: 4, spans: [(0, 9), (10, 14)]);
        Assert.Equal(4, text.Ids.Count);
        Assert.Equal([3, 0], text.Phrases.Select(p => p.Count));
    }

    private static WordPieceTokenizer Small() =>
        WordPieceTokenizer.Load(new StringReader("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n.\n?\na\nred\ndog\nruns"));
}
