namespace Gloss.Torch;

/// <summary>How a learning rate falls after its warm-up.</summary>
public enum LearningRateDecay
{
    /// <summary>Half a cosine from the peak to the end value.</summary>
    Cosine,
    /// <summary>A straight line from the peak to the end value.</summary>
    Linear,
    /// <summary>Not at all.</summary>
    Constant,
}
