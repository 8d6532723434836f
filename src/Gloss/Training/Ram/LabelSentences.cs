namespace Gloss.Training.Ram;

/// <summary>Which sentences embed a tag.</summary>
public enum LabelSentences
{
    /// <summary>The mean over the 63 sentences of the published RAM.</summary>
    Ensemble,

    /// <summary>The tag's name alone.</summary>
    Name,
}
