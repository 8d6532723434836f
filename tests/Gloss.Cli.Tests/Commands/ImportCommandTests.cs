using System.Text.Json;
using Gloss.Cli.CommandLine;
using Gloss.Tests;

namespace Gloss.Cli.Commands;

public sealed class ImportCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Import_SmallTag2Text_TagsAndCaptionsAreTheOfficial()
    {
        var model = Path.Combine(folder, "model");
        var (code, output, error) = Import(model);

        Assert.Equal("", error);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("tag2text, 48 tags, 224 pixels", output, StringComparison.Ordinal);
        Assert.Contains("sha256", File.ReadAllText(Path.Combine(model, "config.json")), StringComparison.Ordinal);

        using var expected = JsonDocument.Parse(File.ReadAllText(Reference("tag2text/tags.json")));
        var (_, json, _) =
            GlossProgram.Run(["tag", .. Enumerable.Range(0, 3).Select(i => Reference($"images/photo{i}.png")),
            "--model", model, "--json"]);
        using var tagged = JsonDocument.Parse(json);
        for (var i = 0; i < 3; i++)
        {
            var names = tagged.RootElement[i].GetProperty("tags").EnumerateArray()
                .Select(t => t.GetProperty("name").GetString());
            Assert.Equal(expected.RootElement.GetProperty("tags")[i].GetString()!.Split(" | ")
                .Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        }

        using var captions = JsonDocument.Parse(File.ReadAllText(Reference("tag2text/captions.json")));
        var (_, text, _) = GlossProgram.Run(["caption", Reference("images/photo1.png"), "--model", model, "--json"]);
        using var captioned = JsonDocument.Parse(text);
        Assert.Equal(captions.RootElement.GetProperty("beam3_cli").GetProperty("captions")[1].GetString(),
            captioned.RootElement[0].GetProperty("caption").GetString());
    }

    [Fact]
    public void Import_WrongList_SaysHowManyTagsThereAre()
    {
        var list = Path.Combine(folder, "short.txt");
        File.WriteAllText(list, "cat\ndog\n");
        var (code, _, error) = GlossProgram.Run(["import", Reference("tag2text/model.pth"), "--tags", list,
            "--vocab", ReferenceData.Require("data/text/bert/vocab.txt"), "--config", Reference("tag2text/config.json"),
            "-o", Path.Combine(folder, "m")]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("2 lines with text of 2, the checkpoint 48 tags", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "m")));
    }

    [Fact]
    public void Import_OtherFamily_SaysWhichItIs()
    {
        var (code, _, error) =
            GlossProgram.Run(["import", Reference("ram_plus/model.pth"), "--tags", Reference("tags/tag_list.txt"),
            "--config", Reference("tag2text/config.json"), "-o", Path.Combine(folder, "m")]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("the config says tag2text, the checkpoint is ram_plus", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_NoCheckpoint_SaysSo()
    {
        var file = Path.Combine(folder, "x.pth");
        File.WriteAllText(file, "no checkpoint at all");
        var (code, _, error) =
            GlossProgram.Run(["import", file, "--tags", file, "--vocab", file, "-o", Path.Combine(folder, "m")]);
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("cannot be read as a checkpoint", error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Import(string model) =>
        GlossProgram.Run(["import", Reference("tag2text/model.pth"),
        "--tags", Reference("tags/tag_list.txt"), "--tags-zh", Reference("tags/ram_tag_list_chinese.txt"),
        "--vocab", ReferenceData.Require("data/text/bert/vocab.txt"), "--config", Reference("tag2text/config.json"),
        "--out", model]);

    private static string Reference(string relative) => ReferenceData.Require($"reference/ram_family/{relative}");
}
