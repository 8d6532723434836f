using Gloss.Text;

namespace Gloss.Tests.Text;

public sealed class ThresholdFileTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "thresholds.txt");
        ThresholdFile.Write(path, [0.65f, 1, 0.123456f]);

        Assert.Equal("0.65\n1\n0.123456\n", File.ReadAllText(path));
        Assert.Equal([0.65f, 1, 0.123456f], ThresholdFile.Read(path, 3));
    }

    [Theory]
    [InlineData("0.5\nhigh\n", "thresholds.txt:2 · expected a number from 0 to 1, got 'high'")]
    [InlineData("0.5\n1.5\n", "thresholds.txt:2 · expected a number from 0 to 1, got '1.5'")]
    [InlineData("0.5\n", "has 1 lines, there are 2 tags")]
    public void Read_BrokenFile_SaysWhere(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "thresholds.txt");
        File.WriteAllText(path, text);

        Assert.Contains(expected, Assert.Throws<VocabularyException>(() => ThresholdFile.Read(path, 2)).Message,
            StringComparison.Ordinal);
    }
}
