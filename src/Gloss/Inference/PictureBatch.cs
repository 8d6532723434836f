using Gloss.Images;

namespace Gloss.Inference;

/// <summary>Pictures that go through a model together, with those between them that could not be read.</summary>
internal sealed class PictureBatch(IReadOnlyList<(DecodedImage Item, ImageSize Size)> items)
{
    /// <summary>All of them in order, with the size that each had before it was resized.</summary>
    public IReadOnlyList<(DecodedImage Item, ImageSize Size)> Items { get; } = items;

    /// <summary>The readable ones.</summary>
    public IReadOnlyList<RgbImage> Images { get; } = [.. items.Where(item => item.Item.Image is not null).Select(item => item.Item.Image!)];
}
