namespace Gloss.Training;

/// <summary>
/// A training that cannot go on: a loss that is no number, a run folder that belongs to another config.
/// </summary>
public sealed class TrainingException : Exception
{
    /// <summary>An error with a message: what failed, where, expected and got, a hint.</summary>
    public TrainingException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    public TrainingException(string message, Exception cause) : base(message, cause)
    {
    }
}
