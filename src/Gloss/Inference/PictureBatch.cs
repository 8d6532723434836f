using System.Collections.Concurrent;
using Gloss.Images;

namespace Gloss.Inference;

/// <summary>Pictures that go through a model together, with those between them that could not be read.</summary>
internal sealed class PictureBatch(IReadOnlyList<(DecodedImage Item, ImageSize Size)> items)
{
    private const int BatchesAhead = 2;
    private const int MostItems = 4;
    private static readonly TimeSpan patience = TimeSpan.FromMilliseconds(50);

    /// <summary>All of them in order, with the size that each had before it was resized.</summary>
    public IReadOnlyList<(DecodedImage Item, ImageSize Size)> Items { get; } = items;

    /// <summary>The readable ones.</summary>
    public IReadOnlyList<RgbImage> Images { get; } =
        [.. items.Where(item => item.Item.Image is not null).Select(item => item.Item.Image!)];

    /// <summary>
    /// Pictures decoded ahead on threads of their own, in batches, in order: each holds at most the batch size of
    /// readable ones, and fewer where the next file lets itself be waited for.
    /// </summary>
    public static IEnumerable<PictureBatch> Read(IEnumerable<ImageFile> files, ImageDecoder decoder,
        Func<RgbImage, RgbImage> fit,
        ImageRecognizerOptions options, CancellationToken cancellationToken)
    {
        var sizes = new ConcurrentDictionary<long, ImageSize>();
        RgbImage Load(string path, long index)
        {
            var picture = decoder.Decode(path, out var size);
            sizes[index] = size;
            return fit(picture);
        }
        var ahead = new DecodeAheadOptions
        {
            Threads = options.Threads, Capacity = Math.Max(BatchesAhead * options.BatchSize, options.Threads),
        };
        using var decoded = new DecodeAhead(files, Load, ahead, cancellationToken);
        var items = new List<(DecodedImage Item, ImageSize Size)>();
        var readable = 0;
        foreach (var item in decoded)
        {
            sizes.TryRemove(item.Index, out var size);
            items.Add((item, size));
            readable += item.Image is null ? 0 : 1;
            // What could not be read waits for no one, and does not pile up.
            if (readable > 0 && readable < options.BatchSize && items.Count < MostItems * options.BatchSize
                && !decoded.WaitsForSource(patience))
                continue;
            yield return new PictureBatch(items);
            (items, readable) = ([], 0);
            cancellationToken.ThrowIfCancellationRequested();
        }
        if (items.Count > 0)
            yield return new PictureBatch(items);
    }

    /// <summary>
    /// The results of all pictures in order, of those that could be read by their number among these.
    /// </summary>
    public RecognizedImage[] Results(Func<int, IReadOnlyList<RecognizedTag>> tags, Func<int, string?> caption)
    {
        var results = new RecognizedImage[Items.Count];
        var image = 0;
        for (var i = 0; i < results.Length; i++)
        {
            var (item, size) = Items[i];
            results[i] = item.Image is null
                ? new RecognizedImage(item.Path, 0, 0, [], null, item.Error)
                : new RecognizedImage(item.Path, size.Width, size.Height, tags(image), caption(image));
            image += item.Image is null ? 0 : 1;
        }
        return results;
    }
}
