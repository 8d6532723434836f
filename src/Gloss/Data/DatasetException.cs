namespace Gloss.Data;

/// <summary>A data set that is not as it should be: the message names the file, the line, the key, and what was expected.</summary>
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

    /// <summary>An error at a place in a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="line">The line, from 1; null: not known.</param>
    /// <param name="key">The key, or null.</param>
    /// <param name="message">What is wrong: expected and got.</param>
    /// <param name="cause">The exception behind it, or null.</param>
    public static DatasetException At(string file, long? line, string? key, string message, Exception? cause = null)
    {
        var text = $"{file}{(line is null ? "" : $":{line}")}{(key is null ? "" : $" · {key}")} · {message}";
        return cause is null ? new DatasetException(text) : new DatasetException(text, cause);
    }
}
