namespace Gloss.Training;

/// <summary>Why a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps are done.</summary>
    Finished,
    /// <summary>The process's minutes are over; the same call goes on.</summary>
    TimeIsUp,
    /// <summary>The caller asked to stop; the same call goes on.</summary>
    Cancelled,
}
