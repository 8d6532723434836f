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
    /// labels name none of the vocabulary's tags. A label is what <paramref name="names"/> says, or a tag's name or
    /// synonym, or else is mined as captions are.
    /// </summary>
    public static List<Tag2TextExample> ReadLabelled(string path, TagMiner miner, TagVocabulary tags,
        IReadOnlyDictionary<string, string[]>? names = null)
    {
        int[] Find(string name) => tags.TryFind(name, out var tag) ? [tag.Id] : miner.MineIds(name);
        int[] Ids(string label) => names is not null && names.TryGetValue(label, out var given)
            ? [.. given.SelectMany(Find)] : Find(label);
        return CaptionedImages.Read(path).Where(image => image.Split is null or "train" && image.Tags.Count > 0)
            .AsParallel().AsOrdered()
            .Select(image => new Tag2TextExample(new PictureSource(image.ImagePath, image.Packed), [], [],
                [.. image.Tags.SelectMany(Ids).Distinct().Order()]))
            .Where(example => example.Tags.Length > 0).ToList();
    }
}
