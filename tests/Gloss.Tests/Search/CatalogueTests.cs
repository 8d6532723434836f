using Gloss.Tests;

namespace Gloss.Search;

public sealed class CatalogueTests
{
    [Fact]
    public void Open_Absent_SaysHowToMakeOne()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<CatalogueException>(() => Catalogue.Open(Path.Combine(folder.Path, "none.db")));

        Assert.Contains("hint: gloss index FOLDER makes one", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Open_OtherFile_IsRefusedAndLeftAlone()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "letter.txt");
        var text = string.Concat(Enumerable.Repeat("Dear database, ", 200));
        File.WriteAllText(path, text);

        var error = Assert.Throws<CatalogueException>(() => Catalogue.Open(path, mayCreate: true));

        Assert.Contains("SQLite: file is not a database", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_MayOnlyBeRead_IsSearchedAndNotWritten(bool isWholeFolder)
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("this user may write everywhere");
            return;
        }
        using var test = new TestCatalogue();
        test.Add("a.jpg", [0.9f, 0, 0, 0, 0, 0]);
        test.Catalogue.Dispose();
        var (path, folder) = (test.In("catalogue.db"), test.In("."));
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        if (isWholeFolder)
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            using var catalogue = Catalogue.Open(path);

            Assert.Single(new CatalogueSearch(catalogue).Run(new SearchQuery { Text = "dog" }));
            Assert.Single(new CatalogueSearch(catalogue).CountTags());
            var error = Assert.Throws<CatalogueException>(() => new TagDecisions(catalogue).Add([1], ["cat"]));
            Assert.Contains("hint: you may read this file, but not write", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void AddRoots_NestedFolders_KeepTheOuter()
    {
        using var test = new TestCatalogue();

        test.Catalogue.AddRoots(["/x/photos/2020", "/x/photos2"]);
        test.Catalogue.AddRoots(["/x/photos/"]);
        test.Catalogue.AddRoots(["/x/photos/2021"]);

        Assert.Equal(["/x/photos", "/x/photos2"], test.Catalogue.Roots());
    }

    [Fact]
    public void Save_ManyThreadsWithOwnConnections_LosesAndDoublesNothing()
    {
        using var test = new TestCatalogue();
        var paths = Enumerable.Range(0, 40).Select(i => test.In($"p{i}.jpg")).ToArray();

        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            using var own = test.Catalogue.OpenAgain();
            var writer = new CatalogueWriter(own);
            foreach (var path in paths)
            {
                var pending = new PendingPicture(new PictureFile(path, 1, 1), new byte[32], new DateTime(2020, 1, 1),
                    IsKnown: false);
                writer.Save(
                    [new IndexedPicture(pending) { Width = 1, Height = 1, Scores = new float[6],
                    Embedding = new float[] { 1, 0 } }]);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(40, test.Catalogue.Count().Pictures);
        Assert.Equal(40, test.Names(new SearchQuery { Example = [1, 0], Limit = 1000 }).Length);
    }
}
