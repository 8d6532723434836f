namespace Gloss.Tests;

/// <summary>
/// Finds the folder of data and reference outputs that lies beside a checkout; tests that need it skip without it.
/// </summary>
internal static class ReferenceData
{
    /// <summary>The shared folder: <c>GLOSS_SHARED</c>, else <c>shared</c> beside the checkout, else null.</summary>
    public static string? Root { get; } = Find();

    /// <summary>
    /// The path of <paramref name="relativePath"/> in the shared folder, or a skipped test that names what is missing.
    /// </summary>
    public static string Require(string relativePath)
    {
        var path = Root is null ? null : Path.Combine(Root, relativePath);
        if (path is null || !Path.Exists(path))
            Assert.Skip($"needs {relativePath} of the shared data (set GLOSS_SHARED to its folder)");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("GLOSS_SHARED") is { Length: > 0 } set)
            return set;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
            {
                var beside = Path.Combine(folder.Parent!.FullName, "shared");
                return Directory.Exists(beside) ? beside : null;
            }
        }
        return null;
    }
}
