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

    /// <summary>Divides the scores of tokens that stand in the text already (Keskar et al., 2019); 1: none.</summary><value>1</value>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Exponent of the length that a beam's score is divided by.</summary><value>1</value>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Most likely tokens that sampling draws from; 0: all. The published sampling has 50.</summary><value>50</value>
    public int TopK { get; init; } = 50;

    /// <summary>Share of probability that sampling draws from (nucleus sampling, Holtzman et al., 2020).</summary><value>0.9</value>
    public double TopP { get; init; } = 0.9;

    /// <summary>What nucleus sampling divides repeated tokens by; the published code always takes 1.1.</summary><value>1.1</value>
    public double SamplingRepetitionPenalty { get; init; } = 1.1;
}
