namespace Gloss.Torch;

/// <summary>
/// A file of weights is broken, hostile, or does not fit the model; the message lists every fault found.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An exception without a message.</summary>
    public CheckpointException() { }

    /// <summary>An exception that says what is wrong.</summary>
    public CheckpointException(string message) : base(message) { }

    /// <summary>An exception that says what is wrong, and from what it came.</summary>
    public CheckpointException(string message, Exception innerException) : base(message, innerException) { }
}
