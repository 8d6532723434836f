using System.Text;
using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class TagDescriptionsTests
{
    private static readonly TagVocabulary vocabulary = new(
        [new Tag(0, "Dog", TagType.Object, []), new Tag(1, "train", TagType.Object, []),
            new Tag(2, "train", TagType.Action, [])]);

    [Fact]
    public void Load_WhatWasSaved_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "d.json");
        new TagDescriptions([("dog", ["a \"photo\" of a dog", "狗"]), ("train", ["on rails", "long"])]).Save(path);

        var read = TagDescriptions.Load(path);

        Assert.Equal(["dog", "train"], read.Tags);
        Assert.Equal(2, read.TextsPerTag);
        Assert.Equal(["a \"photo\" of a dog", "狗"], read[0]);
    }

    [Fact]
    public void Of_OrderOfTheVocabulary_KeepsDoubledNamesApart()
    {
        var same = new TagDescriptions([("dog", ["d"]), ("train", ["vehicle"]), ("train", ["exercise"])]);
        Assert.Equal(["d", "vehicle", "exercise"], same.Of(vocabulary).Select(t => t[0]));

        var other = new TagDescriptions([("train", ["vehicle"]), ("dog", ["d"])]);
        Assert.Equal(["d", "vehicle", "vehicle"], other.Of(vocabulary).Select(t => t[0]));
    }

    [Fact]
    public void Of_TagsWithoutTexts_NamesThem() => Assert.Contains("2 of 3 tags have no description: train, train",
        Assert.Throws<VocabularyException>(() => new TagDescriptions([("dog", ["d"])]).Of(vocabulary)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"dog": ["a"]}, {"cat": ["a", "b"]}]""", "tag 'cat': 2 texts, the first tag has 1")]
    [InlineData("""[{"dog": []}]""", "tag 'dog': 0 texts")]
    [InlineData("""{"dog": ["a"]}""", "a list of objects")]
    [InlineData("[]", "no tags")]
    [InlineData("nonsense", "a list of objects")]
    public void Read_BrokenText_SaysWhat(string json, string expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Assert.Contains(expected, Assert.Throws<VocabularyException>(() => TagDescriptions.Read(stream)).Message,
            StringComparison.Ordinal);
    }
}
