namespace Gloss.Training.Tag2Text;

/// <summary>How the alignment branch learns; constants of ALBEF and BLIP unless said otherwise.</summary>
public sealed record AlignmentTrainingOptions
{
    /// <summary>
    /// How much of its weights the momentum encoders keep at a step, 0 (none: no momentum encoders) to below 1.
    /// </summary>
    /// <value>0.995</value>
    public double Momentum { get; init; } = 0.995;

    /// <summary>
    /// Share of the momentum encoders' own similarities in the contrast's targets, 0–1.
    /// </summary>
    /// <value>0.4</value>
    public double Softness { get; init; } = 0.4;

    /// <summary>Steps over which <see cref="Softness"/> rises from 0.</summary><value>0</value>
    public int SoftnessSteps { get; init; }

    /// <summary>
    /// Embeddings of past steps that a pair is held against; 57,600 in BLIP. 0: only the batch's own.
    /// </summary>
    /// <value>57600</value>
    public int Queue { get; init; } = 57_600;

    /// <summary>Weight of the contrast.</summary><value>1</value>
    public double ContrastWeight { get; init; } = 1;

    /// <summary>Weight of the matching; 0 leaves it out.</summary><value>1</value>
    public double MatchWeight { get; init; } = 1;

    /// <summary>
    /// Whether matching sees pictures through the tags recognised in them, as the paper's interaction encoder mixes
    /// them; else without tags.
    /// </summary><value>true</value>
    public bool HasTagGuidance { get; init; } = true;

    /// <summary>
    /// Folder of a BERT text tower (model.safetensors) to start the text encoder from.
    /// </summary>
    /// <value>null</value>
    public string? TextTower { get; init; }

    /// <summary>The vocabulary that belongs to <see cref="TextTower"/>.</summary><value>null</value>
    public string? TextVocabulary { get; init; }

    /// <summary>What is wrong with the settings, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (!(Momentum is >= 0 and < 1))
            yield return $"momentum: {Momentum} · expected 0 to below 1";
        if (!(Softness is >= 0 and <= 1))
            yield return $"softness: {Softness} · expected 0 to 1";
        if (SoftnessSteps < 0)
            yield return $"softnessSteps: {SoftnessSteps} · expected 0 or more";
        if (Queue is < 0 or > 10_000_000)
            yield return $"queue: {Queue} · expected 0 to 10000000";
        if (!(ContrastWeight >= 0) || !(MatchWeight >= 0) || ContrastWeight + MatchWeight == 0)
            yield return $"contrastWeight, matchWeight: {ContrastWeight}, {MatchWeight} · expected 0 or more, one of "
                + $"them above";
        if (TextTower is not null && TextVocabulary is null)
            yield return "textVocabulary: missing · expected the vocabulary that belongs to textTower";
    }
}
