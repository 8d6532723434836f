namespace Gloss.Text;

/// <summary>
/// A vocabulary file (word pieces, byte pairs, tags) that cannot be used, with the place of the fault.
/// </summary>
public sealed class VocabularyException : Exception
{
    /// <summary>Creates the exception with what failed, where, what was expected, and a hint.</summary>
    public VocabularyException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public VocabularyException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message; prefer one that says what failed and where.</summary>
    public VocabularyException()
    {
    }
}
