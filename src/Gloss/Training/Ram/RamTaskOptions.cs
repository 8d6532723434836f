using Gloss.Models.Generation;
using Gloss.Models.Ram;

namespace Gloss.Training.Ram;

/// <summary>Settings of <see cref="RamTask"/>. Paths are relative to the working folder.</summary>
public sealed record RamTaskOptions : TaggingTaskOptions
{
    /// <summary>
    /// Sizes. The numbers of tags and of word pieces, and the width of the embeddings, are those of the vocabularies
    /// and the teacher.
    /// </summary>
    public required RamConfig Model { get; init; }

    /// <summary>The word pieces, vocab.txt, with [DEC] and [ENC].</summary>
    public required string Vocabulary { get; init; }

    /// <summary>Which sentences embed a tag: the published 63, or its name alone.</summary><value>ensemble</value>
    public LabelSentences LabelSentences { get; init; } = LabelSentences.Ensemble;

    /// <summary>
    /// Folder of a BERT text tower as wide as the text parts to start these from; null: a random start.
    /// </summary>
    /// <value>null</value>
    public string? TextTower { get; init; }

    /// <summary>The vocabulary that belongs to <see cref="TextTower"/>.</summary><value>null</value>
    public string? TextVocabulary { get; init; }

    /// <summary>
    /// Captions of a picture learned at each step, 1 to 16, drawn without repetition.
    /// </summary>
    /// <value>1</value>
    public int CaptionsPerImage { get; init; } = 1;

    /// <summary>Most tokens of a caption, prompt included, 8 or more.</summary><value>40</value>
    public int MaxCaptionTokens { get; init; } = 40;

    /// <summary>Label smoothing of the language model loss, 0 to below 1.</summary><value>0.1 as published</value>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Beams of the captions that are measured during training, 1 or more.</summary><value>1</value>
    public int EvaluateBeams { get; init; } = 1;

    /// <summary>How the shipped model generates captions.</summary>
    public GenerationOptions Generation { get; init; } = new() { MaxLength = 30, MinLength = 8 };

    /// <inheritdoc/>
    internal override IEnumerable<string> Faults()
    {
        foreach (var fault in base.Faults())
            yield return fault;
        if (CaptionsPerImage is < 1 or > 16)
            yield return $"captionsPerImage: {CaptionsPerImage} · expected 1 to 16";
        if (MaxCaptionTokens < 8)
            yield return $"maxCaptionTokens: {MaxCaptionTokens} · expected 8 or more";
        if (LabelSmoothing is not (>= 0 and < 1))
            yield return $"labelSmoothing: {LabelSmoothing} · expected 0 to below 1";
        if (EvaluateBeams < 1)
            yield return $"evaluateBeams: {EvaluateBeams} · expected 1 or more";
        if (TextTower is not null && TextVocabulary is null)
            yield return "textVocabulary: missing · expected the vocabulary that belongs to textTower";
    }
}
