using Gloss.Models.Tag2Text;

namespace Gloss.Training.Tag2Text;

/// <summary>Settings of <see cref="Tag2TextLanguageTask"/>. Paths are relative to the working folder.</summary>
public sealed record Tag2TextLanguageOptions
{
    /// <summary>Sizes, the same as of the model that starts from this one.</summary>
    public required Tag2TextConfig Model { get; init; }

    /// <summary>The tag vocabulary, tags.jsonl.</summary>
    public required string Tags { get; init; }

    /// <summary>The word pieces, vocab.txt, with [DEC] and [ENC].</summary>
    public required string Vocabulary { get; init; }

    /// <summary>
    /// Files of captions in any form that mining reads; captions of one entry are taken to tell of one picture. Of
    /// entries with a split, those of <c>train</c> are learned.
    /// </summary>
    public string[] Captions { get; init; } = [];

    /// <summary>A folder in the layout of Flickr8k whose val captions measure.</summary>
    public required string Data { get; init; }

    /// <summary>
    /// Weights of a model of the same config to start from; <see cref="TextTower"/>, where given, is put over its part.
    /// </summary>
    /// <value>null</value>
    public string? Start { get; init; }

    /// <summary>Folder of a BERT text tower to start from.</summary><value>null</value>
    public string? TextTower { get; init; }

    /// <summary>The vocabulary that belongs to <see cref="TextTower"/>.</summary><value>null</value>
    public string? TextVocabulary { get; init; }

    /// <summary>Captions of one example, of about equal length; 1 to 1024.</summary><value>96</value>
    public int CaptionsTogether { get; init; } = 96;

    /// <summary>Most tokens of a caption, prompt included.</summary><value>40</value>
    public int MaxCaptionTokens { get; init; } = 40;

    /// <summary>
    /// Share of captions guided by tags of all captions of their entry; the others are guided by their own.
    /// </summary>
    /// <value>0.5</value>
    public double EntryGuides { get; init; } = 0.5;

    /// <summary>
    /// Each caption draws a rate from 0 up to this, and leaves out that share of its guiding tags.
    /// </summary>
    /// <value>1</value>
    public double TagDropout { get; init; } = 1;

    /// <summary>Label smoothing of the language model loss.</summary><value>0.1</value>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>What is wrong with the settings, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        // Tags and word pieces are counted when their files are read.
        foreach (var fault in (Model with { Tags = 1, VocabularySize = 1000 }).Faults())
            yield return $"model.{fault}";
        if (Captions.Length == 0)
            yield return "captions: expected at least one file";
        if (CaptionsTogether is < 1 or > 1024)
            yield return $"captionsTogether: {CaptionsTogether} · expected 1 to 1024";
        if (MaxCaptionTokens < 8 || MaxCaptionTokens > Model.MaxPositions)
            yield return $"maxCaptionTokens: {MaxCaptionTokens} · expected 8 to model.maxPositions "
                + $"{Model.MaxPositions}";
        if (TextTower is not null && TextVocabulary is null)
            yield return "textVocabulary: missing · expected the vocabulary that belongs to textTower";
        foreach (var (key, value) in new[] { ("entryGuides", EntryGuides), ("tagDropout", TagDropout),
            ("labelSmoothing", LabelSmoothing) })
        {
            if (!(value is >= 0 and <= 1))
                yield return $"{key}: {value} · expected 0 to 1";
        }
    }
}
