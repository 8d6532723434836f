using Gloss.Inference;
using Gloss.Tests;

namespace Gloss.Cli.Recognition;

/// <summary>
/// Model folders of the small published-form checkpoints, by family; made when they are first asked for.
/// </summary>
public sealed class PublishedFolders : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("gloss-").FullName;

    public string Of(string family)
    {
        var folder = Path.Combine(root, family);
        if (Directory.Exists(folder))
            return folder;
        var isClip = family == "clip";
        CheckpointImport.Run(new()
        {
            Checkpoint = Reference(isClip ? "clip/model_jit.pt" : $"{family}/model.pth"), Output = folder,
            Config = Reference($"{family}/config.json"),
            Tags = isClip ? null : Reference("tags/tag_list.txt"), ChineseTags = isClip
                ? null : Reference("tags/ram_tag_list_chinese.txt"),
            Thresholds = family.StartsWith("ram", StringComparison.Ordinal)
                ? Reference("tags/ram_tag_list_threshold.txt") : null,
            Vocabulary = ReferenceData.Require(isClip ? "data/text/clip/bpe_simple_vocab_16e6.txt.gz"
                : "data/text/bert/vocab.txt"),
            Clip = family == "ram" ? Of("clip") : null,
        });
        return folder;
    }

    public static string[] Photos => [.. Enumerable.Range(0, 3).Select(i => Reference($"images/photo{i}.png"))];

    public static string Reference(string relative) => ReferenceData.Require($"reference/ram_family/{relative}");

    public void Dispose() => Directory.Delete(root, recursive: true);
}
