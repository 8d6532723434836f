namespace Gloss.Search;

/// <summary>A file as its folder lists it: what tells whether it has changed.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">When it was last written, in ticks of UTC; negative where it was so short ago that another change
/// might have the same time.</param>
internal readonly record struct PictureFile(string Path, long Size, long Time);
