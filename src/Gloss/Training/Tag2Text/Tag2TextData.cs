using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Training.Tag2Text;

/// <summary>Reads captioned pictures and mines their tags.</summary>
internal static class Tag2TextData
{
    /// <summary>The pictures of a split of a folder in the layout of Flickr8k: <c>captions.jsonl</c> and <c>images/</c>.</summary>
    public static List<Tag2TextExample> Read(string folder, string split, TagMiner miner)
    {
        var entries = CaptionReader.Read(Path.Combine(folder, "captions.jsonl"))
            .Where(e => e.Split == split && e.Image is not null && e.Captions.Count > 0).ToArray();
        return entries.AsParallel().AsOrdered().Select(entry =>
        {
            var tags = entry.Captions.Select(miner.MineIds).ToArray();
            return new Tag2TextExample(Path.Combine(folder, "images", entry.Image!),
                entry.Captions.Select(c => CaptionCleaner.Blip(c)).ToArray(), tags,
                [.. tags.SelectMany(t => t).Distinct().Order()]);
        }).ToList();
    }
}
