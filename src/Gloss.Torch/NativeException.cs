namespace Gloss.Torch;

/// <summary>
/// libtorch, or a library behind Gloss's native door, refused an operation; the message names it with shapes and
/// dtypes.
/// </summary>
public sealed class NativeException : Exception
{
    /// <summary>An exception without a message.</summary>
    public NativeException() { }

    /// <summary>An exception that says what failed.</summary>
    public NativeException(string message) : base(message) { }

    /// <summary>An exception that says what failed, and from what it came.</summary>
    public NativeException(string message, Exception innerException) : base(message, innerException) { }
}
