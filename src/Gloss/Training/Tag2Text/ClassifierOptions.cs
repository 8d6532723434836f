namespace Gloss.Training.Tag2Text;

/// <summary>
/// The pretrained classifier on top of the image encoder that the evidence of classes is taken from.
/// </summary>
public sealed record ClassifierOptions
{
    /// <summary>Its weights: a safetensors file with <c>_fc.weight</c> and <c>_fc.bias</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>
    /// Its classes: a JSON list of objects with <c>name</c>, in the order of the outputs. What they are called among
    /// the tags, the table <see cref="Tag2TextTaskOptions.LabelNames"/> says.
    /// </summary>
    public required string Classes { get; init; }

    /// <summary>
    /// What a class that is certain adds to the logits of its tags at the start, 0 to 20.
    /// </summary>
    /// <value>4</value>
    public double Strength { get; init; } = 4;

    /// <summary>
    /// What a class that is certain takes from the logits of all other tags at the start, 0 to 20. (One whose name means
    /// no tag takes nothing.)
    /// </summary>
    /// <value>1</value>
    public double Against { get; init; } = 1;

    /// <summary>Factor on the learning rate of what classes count, 0 to 1,000.</summary><value>5</value>
    public double LearningRate { get; init; } = 5;

    /// <summary>What is wrong with the settings, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (!(Strength is >= 0 and <= 20))
            yield return $"strength: {Strength} · expected 0 to 20";
        if (!(Against is >= 0 and <= 20))
            yield return $"against: {Against} · expected 0 to 20";
        if (!(LearningRate is >= 0 and <= 1000))
            yield return $"learningRate: {LearningRate} · expected 0 to 1000";
    }
}
