using System.Text.RegularExpressions;

namespace Gloss.Tests;

/// <summary>Rules of the house that the compiler does not hold.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] folders = ["src", "tests", "benchmarks", "tools"];

    [Fact]
    public void PublicTypes_StandInFilesOfTheirName()
    {
        var faults = Sources("src").SelectMany(file => PublicType().Matches(File.ReadAllText(file))
            .Select(match => match.Groups[1].Value)
            .Where(type => Path.GetFileNameWithoutExtension(file) != type).Select(type => $"{file} holds {type}"));
        Assert.Empty(faults);
    }

    private static IEnumerable<string> Sources(params string[] within) =>
        within.SelectMany(folder => Directory.EnumerateFiles(
        Path.Combine(GoldenFile.RepositoryRoot(), folder), "*.cs", SearchOption.AllDirectories));

    [GeneratedRegex(
        @"^public (?:(?:static|sealed|abstract|readonly|partial|unsafe|ref) )*(?:class|record struct|record|struct|interface|enum|delegate \S+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
