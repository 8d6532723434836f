using Gloss.Data;
using Gloss.Images;

namespace Gloss.Training.Tag2Text;

/// <summary>Where a picture lies.</summary>
/// <param name="Path">Its file; for one in an archive the archive's path and the name inside.</param>
/// <param name="Packed">Its place in an archive; null: it is a file.</param>
internal readonly record struct PictureSource(string Path, PackedFile? Packed = null)
{
    /// <summary>The picture, upright.</summary>
    public RgbImage Decode(ImageDecoder decoder) => Packed is { } packed
        ? decoder.Decode(packed.Read(), Path) : decoder.Decode(Path);
}
