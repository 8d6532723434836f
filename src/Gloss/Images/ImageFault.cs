namespace Gloss.Images;

/// <summary>Why a picture could not be read or written.</summary>
public enum ImageFault
{
    /// <summary>No such file, or it cannot be opened.</summary>
    Missing,

    /// <summary>Not a picture of a kind that is read.</summary>
    UnknownFormat,

    /// <summary>More bytes or pixels than the limits allow.</summary>
    TooLarge,

    /// <summary>The data end before the picture does.</summary>
    Truncated,

    /// <summary>The data contradict themselves.</summary>
    Broken,

    /// <summary>The picture could not be written.</summary>
    NotWritten,

    /// <summary>The native library failed or is missing.</summary>
    Native,
}
