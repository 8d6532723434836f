using Gloss.Data;
using Gloss.Text;
using Gloss.Text.Mining;

namespace Gloss.Training.Ram;

/// <summary>A picture with its captions and tags.</summary>
/// <param name="ImagePath">The picture.</param>
/// <param name="Captions">The captions, cleaned.</param>
/// <param name="CaptionTags">Tag ids of each caption.</param>
/// <param name="Tags">Tag ids of the picture, ascending.</param>
internal sealed record TaggedPicture(string ImagePath, IReadOnlyList<string> Captions,
    IReadOnlyList<int[]> CaptionTags, int[] Tags)
{
    /// <summary>
    /// Reads the pictures of a data set that have captions. Of a set that names splits those of
    /// <paramref name="split"/>; of another all.
    /// </summary>
    /// <param name="path">The data set.</param>
    /// <param name="split">The split.</param>
    /// <param name="tags">The tags that are learned.</param>
    /// <param name="miner">Finds them in captions.</param>
    /// <param name="hasMore">Whether the set's ids are of a longer vocabulary, whose other tags are left out.</param>
    public static List<TaggedPicture> Read(string path, string split, TagVocabulary tags, TagMiner miner,
        bool hasMore = false)
    {
        var images = CaptionedImages.Read(path)
            .Where(i => (i.Split is null || i.Split == split) && i.Captions.Count > 0).ToList();
        if (images.FirstOrDefault(i => i.Packed is not null) is { } packed)
            throw new DatasetException(
                $"{packed.ImagePath} · expected pictures in files, got an archive · hint: unpack it");
        return [.. images.AsParallel().AsOrdered().Select(image => Of(image, path, tags, miner, hasMore))];
    }

    private static TaggedPicture Of(CaptionedImage image, string path, TagVocabulary tags, TagMiner miner, bool hasMore)
    {
        var ofCaptions = image.ParseLabelIds is { } parsed
            ? parsed.Select(ids => ids.Where(IsKnown).Order().ToArray()).ToArray()
            : image.Captions.Select(miner.MineIds).ToArray();
        if (ofCaptions.Length != image.Captions.Count)
            throw new DatasetException(
                $"{path} · {image.Name} · {image.Captions.Count} captions, but {ofCaptions.Length} lists of "
                + $"parse_label_id");
        var named = image.Tags.Select(name => tags.TryFind(name, out var tag) ? tag.Id : -1).Where(id => id >= 0);
        int[] all = [.. (image.UnionLabelIds?.Where(IsKnown) ?? ofCaptions.SelectMany(ids => ids).Concat(named))
            .Distinct().Order()];
        var wrong = all.Concat(ofCaptions.SelectMany(ids => ids)).FirstOrDefault(id => id < 0 || id >= tags.Count, 0);
        return wrong is < 0 || wrong >= tags.Count
            ? throw new DatasetException($"{path} · {image.Name} · tag id {wrong} · expected 0 to {tags.Count - 1} · " +
                "hint: is this the vocabulary whose ids the set has?")
            : new TaggedPicture(image.ImagePath, [.. image.Captions.Select(c => CaptionCleaner.Blip(c))],
                ofCaptions, all);

        bool IsKnown(int id) => !hasMore || id < tags.Count;
    }
}
