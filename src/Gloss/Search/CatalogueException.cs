namespace Gloss.Search;

/// <summary>
/// A catalogue that cannot be opened, read or written. The message is one line: what · file · expected, got · hint.
/// </summary>
public sealed class CatalogueException : Exception
{
    /// <summary>An error with a message: what failed, where, expected and got, a hint.</summary>
    public CatalogueException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public CatalogueException(string message, Exception cause) : base(message, cause)
    {
    }
}
