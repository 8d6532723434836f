namespace Gloss.Search;

/// <summary>A file as the catalogue knows it.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">As <see cref="PictureFile.Time"/>.</param>
/// <param name="Hash">Of its content.</param>
/// <param name="IsDone">Whether the current model has seen it, or nothing can.</param>
/// <param name="HasCaption">Whether it has a caption, or can have none.</param>
/// <param name="IsDeleted">Whether it was missing the last time.</param>
internal sealed record KnownFile(long Id, long Size, long Time, byte[] Hash, bool IsDone, bool HasCaption,
    bool IsDeleted);
