namespace Gloss.Data;

/// <summary>
/// A data set that is not as it should be: the message names the file, the place in it, the key, and what was expected.
/// </summary>
public sealed class DatasetException : Exception
{
    /// <summary>An error with a message: what failed, where, expected and got, a hint.</summary>
    public DatasetException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public DatasetException(string message, Exception cause) : base(message, cause)
    {
    }
}
