namespace Gloss.Search;

/// <summary>A picture as a catalogue knows it.</summary>
/// <param name="Id">Its number in the catalogue, which it keeps where the file is moved.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Width">Pixels, upright.</param>
/// <param name="Height">Pixels, upright.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Taken">When it was taken, by its EXIF data, as a clock on the wall showed it; else the file's time
/// (UTC).</param>
/// <param name="Tags">Its tags, those of a person first, then the most likely.</param>
/// <param name="Caption">Its caption, or null where none was asked for.</param>
public sealed record CataloguedPicture(long Id, string Path, int Width, int Height, long Size, DateTime Taken,
    IReadOnlyList<CataloguedTag> Tags, string? Caption);
