using Gloss.Text.Mining;

namespace Gloss.Data;

/// <summary>A picture with its captions.</summary>
/// <param name="Path">Where the picture lies.</param>
/// <param name="Name">What the data set calls it.</param>
/// <param name="Captions">Its captions, at least one.</param>
public sealed record CaptionedImage(string Path, string Name, IReadOnlyList<string> Captions);

/// <summary>
/// Reads a data set of pictures with captions: a folder with <c>captions.jsonl</c> (<c>image</c>, <c>split</c>,
/// <c>captions</c>) and the pictures in <c>images/</c>.
/// </summary>
public static class CaptionedImages
{
    /// <summary>The pictures of a split, in the order of the file.</summary>
    /// <param name="folder">The data set.</param>
    /// <param name="split">Which pictures; null: all.</param>
    /// <param name="limit">The most pictures; null: no limit.</param>
    /// <exception cref="DatasetException">There is no such data set, or the split has no pictures.</exception>
    public static IReadOnlyList<CaptionedImage> Read(string folder, string? split = null, int? limit = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var list = Path.Combine(folder, "captions.jsonl");
        if (!File.Exists(list))
            throw DatasetException.At(list, null, null, "no such file · hint: expected captions.jsonl beside images/");
        var images = new List<CaptionedImage>();
        var splits = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in CaptionReader.Read(list))
            {
                splits.Add(entry.Split ?? "none");
                if (entry.Image is null || entry.Captions.Count == 0 || (split is not null && entry.Split != split))
                    continue;
                images.Add(new CaptionedImage(Path.Combine(folder, "images", entry.Image), entry.Image, entry.Captions));
                if (images.Count == limit)
                    break;
            }
        }
        catch (InvalidDataException error)
        {
            throw new DatasetException(error.Message, error);
        }
        return images.Count > 0 ? images : throw DatasetException.At(list, null, "split",
            $"no pictures with captions of the split '{split}' · hint: the splits are {string.Join(", ", splits)}");
    }
}
