namespace Gloss.Tests;

/// <summary>A text in the repository that a test holds what it sees against.</summary>
internal static class GoldenFile
{
    private const string Update = "GLOSS_UPDATE_GOLDEN";

    /// <summary>
    /// Compares line by line, whatever the line ends. With <c>GLOSS_UPDATE_GOLDEN=1</c> the file is written instead:
    /// <c>GLOSS_UPDATE_GOLDEN=1 ./test --filter-class "*PublicApiTests" --filter-class "*HelpTests"</c>; look at the
    /// difference before it is committed.
    /// </summary>
    /// <param name="path">The file, relative to the repository.</param>
    /// <param name="actual">What there is.</param>
    public static void Compare(string path, string actual)
    {
        var file = Path.Combine(RepositoryRoot(), path);
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(file, actual);
            return;
        }
        var (expected, got) = (Lines(File.ReadAllText(file)), Lines(actual));
        var gone = expected.Except(got).Select(line => $"- {line}");
        var come = got.Except(expected).Select(line => $"+ {line}");
        Assert.True(expected.SequenceEqual(got),
            $"{path} differs · hint: where that is meant, {Update}=1 writes it anew\n"
            + string.Join('\n', gone.Concat(come)));
    }

    /// <summary>The folder of the checkout that the tests were built from.</summary>
    public static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ARCHITECTURE.md")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException(
            $"no ARCHITECTURE.md above {AppContext.BaseDirectory}");
    }

    private static string[] Lines(string text) =>
        [.. text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
}
