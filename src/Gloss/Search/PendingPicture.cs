namespace Gloss.Search;

/// <summary>A file that a model has to look at.</summary>
/// <param name="File">As it was when it was found.</param>
/// <param name="Hash">Of its content, 32 bytes.</param>
/// <param name="Taken">When it was taken.</param>
/// <param name="IsKnown">Whether the catalogue had the path already.</param>
internal sealed record PendingPicture(PictureFile File, byte[] Hash, DateTime Taken, bool IsKnown);
