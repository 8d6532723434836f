namespace Gloss.Search;

public sealed class CatalogueSearchTests : IDisposable
{
    private readonly TestCatalogue test = new();

    public CatalogueSearchTests()
    {
        test.Add("a/dog.jpg", [0.9f, 0.2f, 0.3f, 0.8f, 0.6f, 0], [1, 0, 0, 0], "a puppy runs",
            new DateTime(2021, 5, 1, 12, 0, 0));
        test.Add("a/cat.jpg", [0.2f, 0.95f, 0.3f, 0.95f, 0.1f, 0], [0.9f, 0.3f, 0, 0], "a red cat sleeps on a sofa",
            new DateTime(2022, 5, 1));
        test.Add("b/snow.jpg", [0.7f, 0.2f, 0.9f, 0, 0.2f, 0], [0, 1, 0, 0], "a dog in deep snow",
            new DateTime(2023, 5, 1));
        test.Add("b/court.jpg", [0.1f, 0.1f, 0.05f, 0, 0.55f, 0.8f], [0, 0, 1, 0], "a woman plays tennis",
            new DateTime(2023, 12, 31, 23, 59, 59));
    }

    [Fact]
    public void Run_ByTags_GivesThoseThatHaveAll()
    {
        Assert.Equal(["a/dog.jpg", "b/snow.jpg"], test.Names(new SearchFilter { Tags = ["dog"] }));
        Assert.Equal(["b/snow.jpg"], test.Names(new SearchFilter { Tags = ["Puppy", "snow"] }));
        Assert.Equal(["a/dog.jpg"], test.Names(new SearchFilter { Tags = ["dog"], NotTags = ["snow"] }));
        Assert.Equal(["a/cat.jpg"], test.Names(new SearchFilter { Tags = ["red"] }));
        Assert.Equal(["b/court.jpg"], test.Names(new SearchFilter { Tags = ["tennis court"] }));
        Assert.Equal(["b/court.jpg", "b/snow.jpg", "a/cat.jpg"],
            test.Names(new SearchFilter { NotTags = ["red"] }).Append("a/cat.jpg").Except(["a/dog.jpg"]));
    }

    [Fact]
    public void Run_OtherThreshold_TakesTheKeptScores()
    {
        Assert.Equal(["a/dog.jpg", "b/snow.jpg", "a/cat.jpg"],
            test.Names(new SearchFilter { Tags = ["dog"], Threshold = 0.15f }));
        Assert.Equal(["a/dog.jpg"], test.Names(new SearchFilter { Tags = ["dog"], Threshold = 0.8f }));
        Assert.Equal(["b/court.jpg", "b/snow.jpg", "a/cat.jpg"],
            test.Names(new SearchFilter { NotTags = ["dog"], Threshold = 0.8f }));
        var error = Assert.Throws<ArgumentException>(() => test.Names(new SearchFilter { Threshold = 0.05f }));
        Assert.Contains("lower scores were not kept", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_UnknownTag_NamesLikeOnes()
    {
        var error = Assert.Throws<ArgumentException>(() => test.Names(new SearchFilter { Tags = ["court"] }));

        Assert.Equal("no tag 'court' · hint: there are tennis court", error.Message);
    }

    [Fact]
    public void Run_ByDate_CountsBothEnds()
    {
        Assert.Equal(["b/court.jpg", "b/snow.jpg"], test.Names(new SearchFilter { Since = new DateTime(2023, 5, 1) }));
        Assert.Equal(["a/cat.jpg", "a/dog.jpg"], test.Names(new SearchFilter { Before = new DateTime(2023, 5, 1) }));
    }

    [Fact]
    public void Run_ByPath_TakesFoldersPatternsAndLetters()
    {
        Assert.Equal(["b/court.jpg", "b/snow.jpg"], test.Names(new SearchFilter { Paths = [test.In("b")] }));
        Assert.Equal(["b/court.jpg", "a/cat.jpg"], test.Names(new SearchFilter { Paths = ["*/c*.jpg"] }));
        Assert.Equal(["b/snow.jpg"], test.Names(new SearchFilter { Paths = ["SNOW.j"] }));
        Assert.Equal(["b/snow.jpg", "a/dog.jpg"], test.Names(new SearchFilter { Paths = ["SNOW.j", "dog.j"] }));
    }

    [Theory]
    [InlineData("a dog in the snow", "b/snow.jpg")]
    [InlineData("sleeping", "a/cat.jpg")]
    [InlineData("puppies", "a/dog.jpg")]
    [InlineData("\"tennis\" AND (OR *", "b/court.jpg")]
    public void Run_ByWords_FindsTheOneThatIsMeant(string text, string expected) =>
        Assert.Equal(expected, test.Names(new SearchQuery { Text = text })[0]);

    [Fact]
    public void Run_WordsThatNothingHas_FindsNothing() =>
        Assert.Empty(test.Names(new SearchQuery { Text = "zeppelin" }));

    [Fact]
    public void Run_WordsWithFilter_KeepsToIt() =>
        Assert.Equal(["a/dog.jpg"],
            test.Names(new SearchQuery { Text = "dog",
            Filter = new SearchFilter { NotTags = ["snow", "cat"], Paths = [test.In("a")] } }));

    [Fact]
    public void Run_ByExample_GivesTheNearestWithoutItself()
    {
        var id = test.Search.Find(test.In("a/dog.jpg"))!.Value;

        var results =
            test.Search.Run(new SearchQuery { Example = test.Search.Embedding(id), ExampleId = id, Limit = 2 });

        Assert.Equal("cat.jpg", Path.GetFileName(results[0].Picture.Path));
        Assert.Equal(0.9 / Math.Sqrt(0.9), results[0].Score, 1e-3);
        Assert.Equal(2, results.Count);
    }

    [Theory]
    [InlineData("Grandma", "b/court.jpg")]
    [InlineData("a dog near GRANDMA Ada's", "b/court.jpg")]
    [InlineData("a dog of grandmas", "a/dog.jpg")]
    public void Run_TextNamesATagOfAPerson_FindsItsPicturesFirst(string text, string expected)
    {
        new TagDecisions(test.Catalogue).Add([test.Search.Find(test.In("b/court.jpg"))!.Value],
            [text.Contains("Ada", StringComparison.Ordinal) ? "grandma ada" : "grandma"]);

        // Meaning alone would have the dog first.
        Assert.Equal(expected,
            test.Names(new SearchQuery { Text = text,
            TextEmbedding = test.Search.Embedding(test.Search.Find(test.In("a/dog.jpg"))!.Value) })[0]);
    }

    [Fact]
    public void Read_Picture_HasItsTagsByScore()
    {
        var picture = test.Search.Read(test.Search.Find(test.In("a/dog.jpg"))!.Value)!;

        Assert.Equal(["dog", "run"], picture.Tags.Select(tag => tag.Name));
        Assert.Equal(0.9f, picture.Tags[0].Score, 1e-6f);
        Assert.Equal(new DateTime(2021, 5, 1, 12, 0, 0), picture.Taken);
    }

    [Fact]
    public void Decisions_AddAndReject_HoldInSearchAndAfterANewLook()
    {
        var id = test.Search.Find(test.In("a/dog.jpg"))!.Value;
        var decisions = new TagDecisions(test.Catalogue);

        Assert.Equal(1, decisions.Add([id], ["Grandma's dog", "snow"]));
        Assert.Equal(1, decisions.Reject([id], ["puppy"]));
        Assert.Equal(0, decisions.Reject([id], ["dog"]));

        void Check()
        {
            Assert.Equal(["b/snow.jpg"], test.Names(new SearchFilter { Tags = ["dog"] }));
            Assert.Equal(["a/dog.jpg"], test.Names(new SearchFilter { Tags = ["grandma's DOG"] }));
            Assert.Equal(["a/dog.jpg", "b/snow.jpg"], test.Names(new SearchFilter { Tags = ["snow"] }));
            Assert.Equal("a/dog.jpg", test.Names(new SearchQuery { Text = "grandma" })[0]);
            Assert.Equal(["b/snow.jpg"], test.Names(new SearchFilter { Tags = ["dog"], Threshold = 0.4f }));
            Assert.Equal([("Grandma's dog", true), ("snow", true), ("run", false)],
                test.Search.Read(id)!.Tags.Select(tag => (tag.Name, tag.IsByPerson)));
        }
        Check();
        test.Add("a/dog.jpg", [0.99f, 0.2f, 0, 0.8f, 0.6f, 0], [1, 0, 0, 0], "a puppy runs");
        Check();
        Assert.Contains(("Grandma's dog", 1L), test.Search.CountTags());

        Assert.Equal(1, decisions.Clear([id], ["dog", "snow", "Grandma's dog"]));
        Assert.Equal(["a/dog.jpg", "b/snow.jpg"], test.Names(new SearchFilter { Tags = ["dog"] }));
    }

    [Fact]
    public void UseModel_Another_IsRefusedOrStartsAnew()
    {
        var id = test.Search.Find(test.In("a/dog.jpg"))!.Value;
        new TagDecisions(test.Catalogue).Add([id], ["mine"]);

        var error = Assert.Throws<CatalogueException>(() => test.Catalogue.UseModel(TestCatalogue.Model("second")));
        Assert.Contains("--renew", error.Message, StringComparison.Ordinal);

        test.Catalogue.UseModel(TestCatalogue.Model("second"), replaces: true);
        Assert.Empty(test.Names(new SearchFilter()));
        Assert.Empty(test.Names(new SearchQuery { Text = "dog" }));
        Assert.Empty(test.Names(new SearchQuery { Example = [1, 0, 0, 0] }));
        Assert.Equal(new CatalogueCounts(4, 4, 0, 0), test.Catalogue.Count());

        test.Add("a/dog.jpg", [0.9f, 0, 0, 0, 0, 0], [0, 0, 1, 0]);
        Assert.Equal(["a/dog.jpg"], test.Names(new SearchQuery { Example = [0, 0, 1, 0] }));
        Assert.Equal(["a/dog.jpg"], test.Names(new SearchFilter { Tags = ["mine"] }));
        Assert.Equal(3, test.Catalogue.Count().Waiting);
    }

    [Fact]
    public void Save_ModelReplacedByAnotherProcess_IsRefused()
    {
        using var other = test.Catalogue.OpenAgain();
        other.UseModel(TestCatalogue.Model("second"), replaces: true);

        Assert.Throws<CatalogueException>(() => test.Add("a/new.jpg", [0.9f, 0, 0, 0, 0, 0]));
        Assert.Equal(4, other.Count().Pictures);
    }

    public void Dispose() => test.Dispose();
}
