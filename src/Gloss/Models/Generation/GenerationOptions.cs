namespace Gloss.Models.Generation;

/// <summary>How captions are generated. Lengths count the prompt, as in the published settings.</summary>
public sealed record GenerationOptions
{
    /// <summary>Beams kept at each step; 1 is greedy search.</summary><value>3</value>
    public int Beams { get; init; } = 3;

    /// <summary>Most tokens, prompt included.</summary><value>50</value>
    public int MaxLength { get; init; } = 50;

    /// <summary>Fewest tokens before the caption may end, prompt included.</summary><value>10</value>
    public int MinLength { get; init; } = 10;

    /// <summary>
    /// Divides the scores of tokens that stand in the text already (Keskar et al., 2019); 1: none.
    /// </summary>
    /// <value>1</value>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Exponent of the length that a beam's score is divided by.</summary><value>1</value>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>
    /// Most likely tokens that sampling draws from; 0: all. The published sampling has 50.
    /// </summary>
    /// <value>50</value>
    public int TopK { get; init; } = 50;

    /// <summary>
    /// Share of probability that sampling draws from (nucleus sampling, Holtzman et al., 2020).
    /// </summary>
    /// <value>0.9</value>
    public double TopP { get; init; } = 0.9;

    /// <summary>
    /// What nucleus sampling divides repeated tokens by; the published code always takes 1.1.
    /// </summary>
    /// <value>1.1</value>
    public double SamplingRepetitionPenalty { get; init; } = 1.1;

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">Fields are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = Faults().ToArray();
        if (faults.Length > 0)
            throw new ArgumentException($"the generation options are wrong · {string.Join(" · ", faults)}");
    }

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Beams is < 1 or > 64)
            yield return $"beams: expected 1 to 64, got {Beams}";
        if (MaxLength is < 1 or > 4096)
            yield return $"max_length: expected 1 to 4096, got {MaxLength}";
        if (MinLength < 0 || MinLength > MaxLength)
            yield return $"min_length: expected 0 to max_length {MaxLength}, got {MinLength}";
        if (!(RepetitionPenalty > 0))
            yield return $"repetition_penalty: expected above 0, got {RepetitionPenalty}";
        if (!double.IsFinite(LengthPenalty))
            yield return $"length_penalty: expected a number, got {LengthPenalty}";
        if (TopK < 0)
            yield return $"top_k: expected at least 0, got {TopK}";
        if (!(TopP > 0 && TopP <= 1))
            yield return $"top_p: expected above 0, at most 1, got {TopP}";
        if (!(SamplingRepetitionPenalty > 0))
            yield return $"sampling_repetition_penalty: expected above 0, got {SamplingRepetitionPenalty}";
    }
}
