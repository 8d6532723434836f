using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Training.Tag2Text;

/// <summary>Reads captioned pictures and mines their tags.</summary>
internal static class Tag2TextData
{
    /// <summary>
    /// The pictures of a split of a folder in the layout of Flickr8k: <c>captions.jsonl</c> and <c>images/</c>.
    /// </summary>
    public static List<Tag2TextExample> Read(string folder, string split, TagMiner miner)
    {
        var entries = CaptionReader.Read(Path.Combine(folder, "captions.jsonl"))
            .Where(e => e.Split == split && e.Image is not null && e.Captions.Count > 0).ToArray();
        return entries.AsParallel().AsOrdered().Select(entry =>
        {
            var tags = entry.Captions.Select(miner.MineIds).ToArray();
            return new Tag2TextExample(new PictureSource(Path.Combine(folder, "images", entry.Image!)),
                entry.Captions.Select(c => CaptionCleaner.Blip(c)).ToArray(), tags,
                [.. tags.SelectMany(t => t).Distinct().Order()]);
        }).ToList();
    }

    /// <summary>
    /// The labelled pictures of a data set in any form that <see cref="CaptionedImages"/> reads, without those whose
    /// labels name none of the vocabulary's tags.
    /// </summary>
    public static List<Tag2TextExample> ReadLabelled(string path, LabelNames labels) =>
        CaptionedImages.Read(path).Where(image => image.Split is null or "train" && image.Tags.Count > 0)
            .AsParallel().AsOrdered()
            .Select(image => new Tag2TextExample(new PictureSource(image.ImagePath, image.Packed), [], [],
                [.. image.Tags.SelectMany(labels.TagIds).Distinct().Order()]))
            .Where(example => example.Tags.Length > 0).ToList();
}
