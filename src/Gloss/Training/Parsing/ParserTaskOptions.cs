using Gloss.Models.Parsing;

namespace Gloss.Training.Parsing;

/// <summary>Settings of <see cref="ParserTask"/>. Paths are relative to the working folder.</summary>
public sealed record ParserTaskOptions
{
    /// <summary>Sizes; the numbers of word pieces, tags and relations follow from the data.</summary>
    public required ParserConfig Model { get; init; }

    /// <summary>Treebanks to learn, CoNLL-U, plain or .gz.</summary>
    public required string[] Treebanks { get; init; }

    /// <summary>Treebanks that another parser wrote (gloss parser label), CoNLL-U, plain or .gz.</summary>
    public string[] Silver { get; init; } = [];

    /// <summary>How often the treebanks stand in an epoch beside the silver ones once.</summary><value>1</value>
    public int TreebankRepeats { get; init; } = 1;

    /// <summary>The treebank that measures, and by which weights are chosen.</summary>
    public required string Development { get; init; }

    /// <summary>Folder of the BERT whose weights or table of pieces are the start (model.safetensors).</summary>
    public required string TextTower { get; init; }

    /// <summary>The vocabulary that belongs to it.</summary>
    public required string TextVocabulary { get; init; }

    /// <summary>
    /// Pieces that are kept: those that the data needs, and the first of the vocabulary up to this number.
    /// </summary>
    /// <value>20000</value>
    public int Pieces { get; init; } = 20_000;

    /// <summary>Weights of a run of the same config and data to start from instead.</summary><value>null</value>
    public string? Start { get; init; }

    /// <summary>Words of a batch's parts: sentences of one length stand together.</summary><value>400</value>
    public int GroupWords { get; init; } = 400;

    /// <summary>
    /// Share of treebank sentences that are learnt also in the manner of captions: lower case, without closing mark.
    /// </summary>
    /// <value>0.2</value>
    public double AugmentedShare { get; init; } = 0.2;

    /// <summary>Sentences made from a grammar of captions.</summary><value>2000</value>
    public int SyntheticCaptions { get; init; } = 2000;

    /// <summary>Longest sentence, in words.</summary><value>120</value>
    public int MaxWords { get; init; } = 120;

    /// <summary>Factor on the learning rate of all but the BERT.</summary><value>5</value>
    public double HeadLearningRate { get; init; } = 5;

    /// <summary>
    /// Whether the encoder computes in bfloat16 in training, which is twice as fast where the processor can.
    /// </summary>
    /// <value>false</value>
    public bool Bf16 { get; init; }

    /// <summary>What is wrong with the settings, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        foreach (var fault in Model.Faults())
            yield return $"model.{fault}";
        if (Treebanks.Length == 0)
            yield return "treebanks: expected at least one treebank";
        (string Key, double Value, double Least, double Most)[] numbers =
        [
            ("treebankRepeats", TreebankRepeats, 1, 1000), ("pieces", Pieces, 1, 1_000_000),
            ("groupWords", GroupWords, 1, 100_000),
            ("augmentedShare", AugmentedShare, 0, 1), ("syntheticCaptions", SyntheticCaptions, 0, 10_000_000),
            ("maxWords", MaxWords, 2, 1000), ("headLearningRate", HeadLearningRate, 0, 1000),
        ];
        foreach (var (key, value, least, most) in numbers)
        {
            if (!(value >= least && value <= most))
                yield return $"{key}: {value} · expected {least} to {most}";
        }
    }
}
