using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Tests.Text.Mining;

public sealed class VocabularyReviewTests
{
    private static readonly VocabularyOptions All = new() { MinCount = 1, MinCompoundCount = 1 };

    [Fact]
    public void Build_ReviewedCandidates_AreDroppedMergedRenamedAndRetyped()
    {
        var review = new VocabularyReview(
            ["# a comment", "drop\tcat\tobject", "merge dog\tpuppy\tobject", "rename horseback rider\trider",
                "retype scene\tbench", "keep\tman"], "test");
        var builder = new VocabularyBuilder(All, review: review);
        foreach (var caption in new[] { "A puppy on a bench .", "A dog .", "A cat .", "A rider ." })
            builder.Add(caption);
        var vocabulary = builder.Build();
        Assert.Equal(["dog", "bench", "horseback rider"], vocabulary.Select(t => t.Name));
        Assert.Equal(TagType.Scene, vocabulary.Single(t => t.Name == "bench").Type);
        Assert.Contains("puppy", vocabulary.Single(t => t.Name == "dog").Synonyms);
        Assert.Equal(2, builder.Rank().Single(t => t.Name == "dog").Count);
        Assert.Equal("A puppy on a bench .", builder.ExamplesOf("bench").Single());
    }

    [Fact]
    public void Build_DecisionsThatTouchEachOther_AreAllTaken()
    {
        // "bike" is a synonym of "bicycle"; a new name takes the type that was decided beside it; "hosre" is a slip.
        var review = new VocabularyReview(
            ["merge bike\tscooter", "rename coach, retype scene\tbus", "merge hosre\tpony", "drop\tzebra"], "test");
        var builder = new VocabularyBuilder(All, review: review);
        foreach (var caption in new[] { "A scooter .", "A bike .", "A bus .", "A pony ." })
            builder.Add(caption);
        var vocabulary = builder.Build();
        Assert.Equal(["bicycle", "coach", "hosre"], vocabulary.Select(t => t.Name));
        Assert.Equal(["bike", "pushbike", "push bike", "cycle", "scooter", "motor scooter"], vocabulary[0].Synonyms);
        Assert.Equal(TagType.Scene, vocabulary[1].Type);
        Assert.Equal(["hosre", "zebra"], builder.UnnamedDecisions);
    }

    [Fact]
    public void Draft_OwnLines_ReadAsNoDecisions()
    {
        var lines = VocabularyReview.Draft([("dog", TagType.Object, 3)], _ => "A\tdog").ToList();
        Assert.Equal("keep\tdog\tobject\t3\tA dog", lines[1]);
        Assert.Equal("dog", new VocabularyReview(lines, "draft").NameOf("dog"));
    }

    [Theory]
    [InlineData("burn\tdog", "line 1: expected keep, drop")]
    [InlineData("retype verb\tdog", "line 1: expected keep, drop")]
    [InlineData("drop", "line 1: expected decision TAB name")]
    [InlineData("merge dog\tdog two\nmerge dog two\tdog", "merged in a circle")]
    public void Constructor_WrongDecision_SaysWhere(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<VocabularyException>(
            () => new VocabularyReview(text.Split('\n'), "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void Draw_Vocabulary_IsWellFormedSvg()
    {
        var svg = VocabularyChart.Draw([("dog & cat", TagType.Object, 120), ("beach", TagType.Scene, 40),
            ("red", TagType.Attribute, 9), ("run", TagType.Action, 1)]);
        Assert.Equal("svg", System.Xml.Linq.XDocument.Parse(svg).Root!.Name.LocalName);
        Assert.Contains("dog &amp; cat", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void BySpelling_NamesThatDifferByABlankOrALetter_ArePairs()
    {
        var pairs = SynonymSuggestions.BySpelling(
            ["ice cream", "surfboard", "cat", "icecream", "car", "surf board", "motorcicle", "motorcycle"]);
        Assert.Equal(["ice cream=icecream", "surfboard=surf board", "motorcicle=motorcycle"],
            pairs.Select(p => $"{p.Name}={p.Other}"));
    }

    [Fact]
    public void ByCompanyAndByEmbedding_LikeNames_ArePairs()
    {
        var random = new Random(2);
        // 0 and 1 stand beside the same others, never together.
        var captions = Enumerable.Range(0, 4000)
            .Select(i => (IReadOnlyList<int>)(i % 4 == 0 ? [0, 2 + random.Next(12)] : i % 4 == 1
            ? [1, 2 + random.Next(12)] : [14 + random.Next(12), 26 + random.Next(12)]));
        var names = Enumerable.Range(0, 38).Select(i => $"n{i}").ToList();
        Assert.Contains(SynonymSuggestions.ByCompany(names, captions, 0.8), p => p is { Name: "n0", Other: "n1" });
        float[][] vectors = [[1, 0], [0, 1], [0.9f, 0.4358899f]];
        Assert.Equal("a=c",
            Assert.Single(SynonymSuggestions.ByEmbedding(["a", "b", "c"], vectors).Select(p => $"{p.Name}={p.Other}")));
    }

    [Fact]
    public void Read_PublishedList_GivesSynonymsChineseNamesAndTypes()
    {
        var tags = TagListReader.Read(["sofa / couch", "beach", "red", ""], ["沙发 ", "海滩", "红色"]);
        Assert.Equal(["couch"], tags[0].Synonyms);
        Assert.Equal("沙发", tags[0].ChineseName);
        Assert.Equal([TagType.Object, TagType.Scene, TagType.Attribute], tags.Select(t => t.Type));
        Assert.Throws<VocabularyException>(() => TagListReader.Read(["a"], ["一", "二"]));
    }
}
