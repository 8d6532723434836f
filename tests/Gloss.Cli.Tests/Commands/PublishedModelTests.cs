using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;

namespace Gloss.Cli.Commands;

/// <summary>
/// The built program on model folders of the small published-form checkpoints, against the official outputs.
/// </summary>
public sealed class PublishedModelTests(PublishedFolders folders) : IClassFixture<PublishedFolders>
{
    [Theory]
    [InlineData("tag2text", "en", "tags")]
    [InlineData("ram", "zh", "tags_chinese")]
    [InlineData("ram_plus", "en", "tags")]
    public void Tag_Photos_NamesAreTheOfficial(string family, string language, string key)
    {
        var names =
            Names(Run("tag", [.. PublishedFolders.Photos, "-m", folders.Of(family), "--language", language, "--json"]));
        using var expected = JsonDocument.Parse(File.ReadAllText(PublishedFolders.Reference($"{family}/tags.json")));
        for (var i = 0; i < 3; i++)
        {
            var official = expected.RootElement.GetProperty(key)[i].GetString()!.Split(" | ")
                .Select(name => name.Trim());
            Assert.Equal(official.Order(StringComparer.Ordinal), names[i].Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Tag_ThresholdForAll_StillGivesNoDeletedTag()
    {
        var names =
            Names(Run("tag", [PublishedFolders.Photos[0], "-m", folders.Of("tag2text"), "--threshold", "0", "--json"]));
        // Of 48 tags, 23 and 47 are deleted.
        Assert.Equal(46, names[0].Length);
        Assert.Equal(46,
            Names(Run("tag", [PublishedFolders.Photos[0], "-m", folders.Of("tag2text"), "--top", "100", "--json"]))[
            0].Length);
    }

    [Fact]
    public void Tag_OpenSets_NamesAreTheOfficial()
    {
        using var ram = JsonDocument.Parse(File.ReadAllText(PublishedFolders.Reference("ram/openset.json")));
        var ensemble = ram.RootElement.GetProperty("ensemble");
        var list = string.Join(", ", ensemble.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Check(ensemble,
            Names(Run("tag", [.. PublishedFolders.Photos, "-m", folders.Of("ram"), "--tags", list, "--json"])));

        using var plus = JsonDocument.Parse(File.ReadAllText(PublishedFolders.Reference("ram_plus/openset.json")));
        Check(plus.RootElement.GetProperty("descriptions"),
            Names(Run("tag", [.. PublishedFolders.Photos, "-m", folders.Of("ram_plus"), "--clip", folders.Of("clip"),
            "--descriptions", PublishedFolders.Reference("ram_plus/openset_descriptions.json"), "--json"])));

        static void Check(JsonElement expected, string[][] got)
        {
            for (var i = 0; i < 3; i++)
            {
                var official = expected.GetProperty("result")[i]
                    .GetString()!.Split(" | ", StringSplitOptions.RemoveEmptyEntries);
                Assert.Equal(official.Order(StringComparer.Ordinal), got[i].Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public void Tag_ListsInFiles_GiveWhatListsInOptionsGive()
    {
        var file = Path.Combine(folders.Of("clip"), "names.txt");
        File.WriteAllText(file, "kite\r\n\n  fire truck \nowl");
        string[] tag = [PublishedFolders.Photos[0], "-m", folders.Of("ram"), "--threshold", "0"];
        Assert.Equal(Run("tag", [.. tag, "--tags", "kite,fire truck,owl"]), Run("tag", [.. tag, "--tags-file", file]));
        string[] classify = [PublishedFolders.Photos[0], "-m", folders.Of("clip")];
        Assert.Equal(Run("classify", [.. classify, "--labels", "kite,fire truck,owl"]),
            Run("classify", [.. classify, "--labels-file", file]));
    }

    [Fact]
    public void Classify_NoClip_SaysHowToGetOne()
    {
        var (code, _, error) = GlossProgram.Run(["classify", PublishedFolders.Photos[0], "--labels", "dog"], null,
            ("GLOSS_MODELS", "absent"));
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("hint: gloss import makes it of a checkpoint of CLIP", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tag_OnlySome_GivesThoseAtTheirThresholds()
    {
        var names =
            Names(
            Run("tag", [PublishedFolders.Photos[0], "-m", folders.Of("ram_plus"), "--only", "dog, cat,horse",
            "--json"]));
        Assert.Equal(["horse", "cat"], names[0]);
    }

    [Theory]
    [InlineData("ram", "beam3_cli", "beam3_default")]
    [InlineData("tag2text", "beam3_cli", "beam3_user")]
    public void Caption_Photos_TextsAreTheOfficial(string family, string own, string other)
    {
        using var expected =
            JsonDocument.Parse(File.ReadAllText(PublishedFolders.Reference($"{family}/captions.json")));
        foreach (var kind in new[] { own, other }.Where(k => expected.RootElement.TryGetProperty(k, out _)))
        {
            var entry = expected.RootElement.GetProperty(kind);
            var settings = entry.GetProperty("settings");
            var captions = entry.GetProperty("captions").EnumerateArray().Select(c => c.GetString()).ToArray();
            string[] arguments = [.. PublishedFolders.Photos.Take(captions.Length), "-m", folders.Of(family), "--json",
                "--max-length", settings.GetProperty("max_length").ToString(), "--min-length",
                settings.GetProperty("min_length").ToString()];
            if (kind == "beam3_user")
                arguments = [.. arguments, "--tags", entry.GetProperty("tag_input")[0]
                    .GetString()!.Replace(" | ", ",", StringComparison.Ordinal)];
            using var json = JsonDocument.Parse(Run("caption", arguments));
            Assert.Equal(captions, json.RootElement.EnumerateArray().Select(p => p.GetProperty("caption").GetString()));
        }
    }

    [Fact]
    public void Caption_Sampled_SeedDecides()
    {
        string Sample(string seed) =>
            Run("caption", [PublishedFolders.Photos[0], "-m", folders.Of("tag2text"), "--sample", "--seed", seed,
            "--max-length", "14"]);
        var first = Sample("5");
        Assert.Equal(first, Sample("5"));
        Assert.NotEqual(first, Sample("6"));
    }

    [Fact]
    public void ClassifyAndScore_Photos_GiveEachTextAScore()
    {
        using var classified =
            JsonDocument.Parse(
            Run("classify", [PublishedFolders.Photos[0], "-m", folders.Of("clip"), "--labels", "dog, cat,owl",
            "--json"]));
        var tags = classified.RootElement[0].GetProperty("tags").EnumerateArray().ToArray();
        Assert.Equal(["cat", "dog", "owl"], tags.Select(t => t.GetProperty("name").GetString())
            .Order(StringComparer.Ordinal));
        Assert.Equal(1, tags.Sum(t => t.GetProperty("score").GetDouble()), 1e-3);

        string[] texts = ["-t", "a photo of a dog.", "-t", "Two people riding horses on the beach"];
        using var plus =
            JsonDocument.Parse(
            Run("score", [PublishedFolders.Photos[0], "-m", folders.Of("ram_plus"), "--clip", folders.Of("clip"),
            .. texts, "--json"]));
        Assert.Equal(2, plus.RootElement[0].GetProperty("tags").GetArrayLength());
        using var cosines = JsonDocument.Parse(
            Run("score", [PublishedFolders.Photos[0], "-m", folders.Of("clip"), .. texts, "--json"]));
        Assert.All(cosines.RootElement[0].GetProperty("tags").EnumerateArray(),
            t => Assert.InRange(t.GetProperty("score").GetDouble(), -1, 1));
    }

    [Theory]
    [InlineData("ram_plus", "gives no captions", "caption")]
    [InlineData("clip", "gives no tags", "tag")]
    [InlineData("tag2text", "knows its own tags alone", "tag", "--tags", "kite")]
    [InlineData("ram_plus", "by texts that describe it", "tag", "--tags", "kite")]
    [InlineData("ram_plus", "need CLIP's embeddings", "score", "-t", "a dog")]
    [InlineData("tag2text", "scores no texts", "score", "-t", "a dog")]
    [InlineData("ram_plus", "expected a text, got an empty one", "score", "-t", " ")]
    [InlineData("clip", "expected a text, got an empty one", "score", "-t", "")]
    [InlineData("ram", "is no CLIP model · family ram · hint:", "classify", "--labels", "dog")]
    [InlineData("clip", "give one of --labels", "classify")]
    [InlineData("clip", "at least one and none empty", "classify", "--labels", ", ,")]
    [InlineData("ram", "expected tags with commas between them", "tag", "--tags", ",")]
    [InlineData("ram", "absent.txt · no such file", "tag", "--tags-file", "absent.txt")]
    [InlineData("ram", "exclude each other", "tag", "--tags", "a", "--tags-file", "b")]
    [InlineData("ram", "tags of your own have the names that you give", "tag", "--tags", "a", "--language", "zh")]
    [InlineData("ram", "no tag 'hors' · hint: it has horse", "tag", "--only", "hors")]
    public void Verbs_WhatAFamilyCannot_SaysSo(string family, string expected, string verb, params string[] options)
    {
        var (code, output, error) =
            GlossProgram.Run([verb, PublishedFolders.Photos[0], "-m", folders.Of(family), .. options]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Equal("", output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static string Run(string verb, string[] arguments)
    {
        var (_, output, error) = GlossProgram.Run([verb, .. arguments, .. new[] { "--precision", "fp32" }]);
        Assert.Equal("", error);
        return output;
    }

    private static string[][] Names(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray()
            .Select(p => p.GetProperty("tags").EnumerateArray().Select(t => t.GetProperty("name").GetString()!)
            .ToArray())];
    }
}
