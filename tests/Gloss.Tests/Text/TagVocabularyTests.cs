using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class TagVocabularyTests
{
    private static readonly Tag[] Tags =
    [
        new(0, "dog", TagType.Object, ["puppy", "hound"], "狗", 0.65f),
        new(1, "run", TagType.Action, ["dog"]),
        new(2, "back", TagType.Scene, []),
        new(3, "back", TagType.Attribute, ["hound"]),
    ];

    [Fact]
    public void Save_ThenLoad_GivesTheSameTags()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "new", "tags.jsonl");

        new TagVocabulary(Tags).Save(path);
        var loaded = TagVocabulary.Load(path);

        Assert.Equal(4, loaded.Count);
        for (var i = 0; i < Tags.Length; i++)
        {
            Assert.Equal(Tags[i] with { Synonyms = loaded[i].Synonyms }, loaded[i]);
            Assert.Equal(Tags[i].Synonyms, loaded[i].Synonyms);
        }
        Assert.Equal(
            """{"id":0,"name":"dog","type":"object","synonyms":["puppy","hound"],"chinese_name":"狗","threshold":0.65}""",
            File.ReadLines(path).First());
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("dog", 0)]
    [InlineData("Puppy ", 0)]
    [InlineData("hound", 0)]
    [InlineData("back", 2)]
    [InlineData("cat", null)]
    public void TryFind_NameOrSynonym_GivesTheFirst(string word, int? id)
    {
        var found = new TagVocabulary(Tags).TryFind(word, out var tag);

        Assert.Equal(id is not null, found);
        Assert.Equal(id, tag?.Id);
    }

    [Theory]
    [InlineData("""{"id":1,"name":"a","type":"object","synonyms":[]}""", "expected id 0, got 1")]
    [InlineData("""{"id":0,"name":"","type":"object","synonyms":[]}""", "the name is empty")]
    [InlineData("""{"id":0,"name":"a","type":"thing","synonyms":[]}""", "not a tag")]
    [InlineData("""{"id":0,"name":"a","type":0,"synonyms":[]}""", "not a tag")]
    [InlineData("""{"id":0,"name":"a","type":"object"}""", "synonyms")]
    [InlineData("""{"id":0,"name":"a","type":"object","synonyms":null}""", "synonyms")]
    [InlineData("""{"id":0,"name":"a","type":"object","synonyms":[" "]}""", "a synonym is empty")]
    [InlineData("""{"id":0,"name":"a","type":"object","synonyms":[null]}""", "a synonym is empty")]
    [InlineData("""{"id":0,"name":"a","type":"object","synonyms":[],"threshold":1.5}""", "threshold from 0 to 1")]
    [InlineData("""{"id":0,"name":"a","type":"object","synonyms":[],"treshold":0.5}""", "treshold")]
    [InlineData("null", "got null")]
    [InlineData("", "not a tag")]
    public void Read_FaultyLine_NamesFileAndLine(string line, string expected)
    {
        using var reader = new StringReader(line + "\n");

        var error = Assert.Throws<VocabularyException>(() => TagVocabulary.Read(reader, "my.jsonl"));

        Assert.Contains("my.jsonl: line 1", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("hint:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_IdsOutOfOrder_Throws() =>
        Assert.Throws<ArgumentException>(() => new TagVocabulary([Tags[1]]));

    [Fact]
    public void Save_FolderInTheWay_KeepsItAndLeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "tags.jsonl");
        Directory.CreateDirectory(path);

        Assert.ThrowsAny<Exception>(() => new TagVocabulary(Tags).Save(path));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
