using System.IO.Compression;
using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class WordPieceTrainerTests
{
    private static readonly string[] Captions =
    [
        "A dog runs after a ball on the beach .",
        "Two dogs are running on the beach, one with a ball.",
        "A man's café: 3 people are sitting & talking; another walks by!",
        "The man is walking his dog past the café, smiling.",
        "Ein Hündchen läuft — 犬が走る。 한국",
    ];

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    [InlineData(8192)]
    public void Train_Captions_KeepsTheSizeAndSpellsEveryCaption(int size)
    {
        var tokenizer = WordPieceTrainer.Train(
            Captions.Take(4), new WordPieceTrainerOptions { VocabularySize = size });

        Assert.InRange(tokenizer.VocabularySize, 50, size);
        foreach (var caption in Captions.Take(4))
        {
            var ids = tokenizer.Encode(caption);
            Assert.DoesNotContain(tokenizer.UnkId, ids);
            Assert.Equal(Letters(caption), Letters(tokenizer.Decode(ids)));
        }
    }

    [Fact]
    public void Train_ManySeeds_RoundTripHolds()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var captions = Enumerable.Range(0, 50).Select(_ => string.Join(' ', Enumerable.Range(0, 8).Select(_ =>
                new string([.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => (char)random.Next('a', 'a' + 6))]))));
            var lines = captions.ToArray();

            var tokenizer = WordPieceTrainer.Train(
                lines, new WordPieceTrainerOptions { VocabularySize = 20 + (seed * 20), MinFrequency = 1 });

            Assert.InRange(tokenizer.VocabularySize, 19, 20 + (seed * 20));
            foreach (var line in lines)
                Assert.Equal(line, tokenizer.Decode(tokenizer.Encode(line)));
        }
    }

    [Fact]
    public void Train_AnotherOrderOfCaptions_GivesTheSameVocabulary()
    {
        var options = new WordPieceTrainerOptions { VocabularySize = 100 };

        var first = WordPieceTrainer.Train(Captions, options);
        var second = WordPieceTrainer.Train(Captions.Reverse(), options);

        Assert.Equal(Tokens(first), Tokens(second));
    }

    [Fact]
    public void Train_IncrementalCounts_EqualCountingAnew()
    {
        var options = new WordPieceTrainerOptions { VocabularySize = 120, MinFrequency = 1 };

        var trained = Tokens(WordPieceTrainer.Train(Captions.Take(4), options));

        Assert.Equal(TrainByCountingAnew(trained, options.SpecialTokens.Count), trained);
    }

    [Fact]
    public void Train_FrequentWords_BecomeOnePiece()
    {
        var captions = Enumerable.Repeat("a dog and a frisbee", 50).Append("an odd zebra");

        var tokenizer = WordPieceTrainer.Train(captions, new WordPieceTrainerOptions { MinFrequency = 10 });

        Assert.Equal(["a", "dog", "and", "a", "frisbee"], tokenizer.Encode(captions.First()).Select(tokenizer.TokenOf));
        Assert.True(tokenizer.Encode("zebra").Length > 1);
    }

    [Fact]
    public void Train_MinFrequency_StopsRareJoins()
    {
        var often = WordPieceTrainer.Train(Captions, new WordPieceTrainerOptions { MinFrequency = 3 });
        var rare = WordPieceTrainer.Train(Captions, new WordPieceTrainerOptions { MinFrequency = 1 });

        Assert.True(often.VocabularySize < rare.VocabularySize);
    }

    [Fact]
    public void Train_AlphabetLimit_LeavesRareCharactersOut()
    {
        var tokenizer = WordPieceTrainer.Train(
            ["aa aa aa bb", "aa q"], new WordPieceTrainerOptions { AlphabetLimit = 2 });

        Assert.Equal(["[UNK]", "aa"], tokenizer.Encode("bb aa").Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Train_SpecialTokens_HaveTheFirstIdsAndAreNotLearnt()
    {
        var options = new WordPieceTrainerOptions
        {
            SpecialTokens = ["[ENC]", "[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"],
        };

        var tokenizer = WordPieceTrainer.Train(["a [MASK] b"], options);

        Assert.Equal(options.SpecialTokens, Tokens(tokenizer).Take(6));
        Assert.Equal(["a", "b"], Tokens(tokenizer).Skip(6));
    }

    [Fact]
    public void Train_BadOptions_ReportsAllFaults()
    {
        var options = new WordPieceTrainerOptions
        {
            VocabularySize = 1,
            MinFrequency = 0,
            AlphabetLimit = 0,
            SpecialTokens = ["[PAD]", "[PAD]", "[UNK]", "[CLS]", "[SEP]"],
        };

        var error = Assert.Throws<ArgumentException>(() => WordPieceTrainer.Train(Captions, options));

        foreach (var part in new[] { "VocabularySize 1", "MinFrequency 0", "AlphabetLimit 0",
            "[MASK] is missing", "[PAD]" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NoWords_Throws() =>
        Assert.Throws<ArgumentException>(() => WordPieceTrainer.Train(["", " \t"]));

    [Fact]
    public void Train_CocoCaptions_SpellsThem()
    {
        var captions = ReadGzip(ReferenceData.Require("data/text/coco_val2017_captions.txt.gz")).Take(5000).ToList();

        var tokenizer = WordPieceTrainer.Train(captions, new WordPieceTrainerOptions { VocabularySize = 1500 });

        Assert.Equal(1500, tokenizer.VocabularySize);
        Assert.All(captions, c => Assert.DoesNotContain(tokenizer.UnkId, tokenizer.Encode(c)));
        Assert.Equal("skateboard", tokenizer.TokenOf(Assert.Single(tokenizer.Encode("Skateboard"))));
    }

    // The same rule, written down plainly: count all pieces and pairs anew before every join.
    private static List<string> TrainByCountingAnew(IReadOnlyList<string> trained, int specials)
    {
        var words = new List<List<string>>();
        foreach (var caption in Captions.Take(4))
        {
            foreach (var word in Words(caption))
                words.Add([.. word.Select((c, i) => i == 0 ? $"{c}" : $"##{c}")]);
        }
        var pieces = trained.Take(specials).ToList();
        pieces.AddRange(words.SelectMany(w => w).Distinct().Order(StringComparer.Ordinal));
        while (pieces.Count < trained.Count)
        {
            var counts = words.SelectMany(w => w).CountBy(p => p).ToDictionary();
            var total = counts.Values.Sum();
            var best = words.SelectMany(w => w.Zip(w.Skip(1))).CountBy(p => p)
                .Select(p => (
                    Gain: p.Value * Math.Log((double)p.Value * total
                        / ((double)counts[p.Key.First] * counts[p.Key.Second])),
                    Pair: p.Key))
                .OrderByDescending(p => p.Gain)
                .ThenBy(p => p.Pair.First, StringComparer.Ordinal).ThenBy(p => p.Pair.Second, StringComparer.Ordinal)
                .First().Pair;
            var joined = best.First + best.Second[2..];
            if (!pieces.Contains(joined))
                pieces.Add(joined);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best)
                    {
                        word[i] = joined;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }
        return pieces;
    }

    private static List<string> Words(string caption)
    {
        var list = new List<string>();
        var words = new BertWords(caption, new char[BertWords.BufferLength]);
        while (words.MoveNext())
            list.Add(words.Word.ToString());
        return list;
    }

    private static string Letters(string text) =>
        string.Concat(Words(text));

    private static IReadOnlyList<string> Tokens(WordPieceTokenizer tokenizer) =>
        [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TokenOf)];

    private static List<string> ReadGzip(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
            lines.Add(line);
        return lines;
    }
}
