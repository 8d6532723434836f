using Gloss.Cli.CommandLine;
using Gloss.Cli.Recognition;
using Gloss.Tests;

namespace Gloss.Cli.Commands;

/// <summary>
/// Every command of docs/published-checkpoints.md, in its order, with the small checkpoints in the place of the
/// published.
/// </summary>
public sealed class PublishedGuideTests : IDisposable
{
    private static readonly Dictionary<string, string> families = new()
    {
        ["ViT-B-16.pt"] = "clip/model_jit.pt", ["tag2text_swin_14m.pth"] = "tag2text/model.pth",
        ["ram_swin_large_14m.pth"] = "ram/model.pth", ["ram_plus_swin_large_14m.pth"] = "ram_plus/model.pth",
    };

    private readonly string root = Directory.CreateTempSubdirectory("gloss-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Guide_EveryCommand_Works()
    {
        foreach (var line in Commands())
        {
            var arguments = Words(line).Skip(1).Select(Replaced).ToList();
            if (arguments[0] == "import")
                arguments.AddRange(["--config", Path.Combine(Path.GetDirectoryName(arguments[1])!, "config.json")]);
            var (code, output, error) = GlossProgram.Run([.. arguments], null,
                ("GLOSS_MODELS", Path.Combine(root, "models")));
            Assert.True(code == ExitCode.Done && error.Length == 0 && output.Length > 0,
                $"{line}\n{code}\n{output}\n{error}");
        }
    }

    private string Replaced(string word)
    {
        var name = Path.GetFileName(word);
        return families.TryGetValue(name, out var checkpoint) ? PublishedFolders.Reference(checkpoint)
            : name switch
            {
                "photo.jpg" => PublishedFolders.Reference("images/photo0.png"),
                "descriptions.json" => PublishedFolders.Reference("ram_plus/openset_descriptions.json"),
                "tag2text_ori_tag_list.txt" or "ram_tag_list.txt" => PublishedFolders.Reference("tags/tag_list.txt"),
                "ram_tag_list_chinese.txt" or "ram_tag_list_threshold.txt" =>
                    PublishedFolders.Reference($"tags/{name}"),
                "vocab.txt" => ReferenceData.Require("data/text/bert/vocab.txt"),
                "bpe_simple_vocab_16e6.txt.gz" => ReferenceData.Require("data/text/clip/bpe_simple_vocab_16e6.txt.gz"),
                _ => word.StartsWith("models/", StringComparison.Ordinal) ? Path.Combine(root, word) : word,
            };
    }

    private static IEnumerable<string> Commands()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gloss.slnx")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder!.FullName, "docs/published-checkpoints.md"))
            .Replace(" \\\n", "", StringComparison.Ordinal)
            .Split('\n').Where(line => line.StartsWith("./gloss ", StringComparison.Ordinal));
    }

    // As a shell cuts a line that has double quotes and nothing else of its signs.
    private static List<string> Words(string line) =>
        [.. line.Split('"').SelectMany((part, i) => i % 2 == 1
            ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
}
