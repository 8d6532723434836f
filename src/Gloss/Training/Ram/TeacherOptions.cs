namespace Gloss.Training.Ram;

/// <summary>
/// Who embeds the texts that RAM and RAM++ learn from: CLIP, as published, or the text tower of a sentence encoder
/// where no CLIP is at hand. Exactly one is given.
/// </summary>
public sealed record TeacherOptions
{
    /// <summary>
    /// Checkpoint of a CLIP with a vision transformer (.pt or .safetensors, the names of OpenAI's code).
    /// </summary>
    /// <value>null</value>
    public string? Clip { get; init; }

    /// <summary>CLIP's byte-pair merges, bpe_simple_vocab_16e6.txt.gz.</summary><value>null</value>
    public string? ClipMerges { get; init; }

    /// <summary>Folder of a sentence encoder: model.safetensors, config.json.</summary><value>null</value>
    public string? TextTower { get; init; }

    /// <summary>The vocabulary that belongs to <see cref="TextTower"/>.</summary><value>null</value>
    public string? TextVocabulary { get; init; }

    /// <summary>
    /// Length of what a picture's token is drawn to where the teacher has no image encoder: the mean of the picture's
    /// captions' embeddings.
    /// </summary><value>10</value>
    public double CaptionTargetLength { get; init; } = 10;

    /// <summary>What is wrong with the values: key, value, what is expected.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Clip is null == TextTower is null)
            yield return "teacher: expected either clip with clipMerges or textTower with textVocabulary";
        if (Clip is not null && ClipMerges is null)
            yield return "teacher.clipMerges: missing · expected CLIP's bpe_simple_vocab_16e6.txt.gz";
        if (TextTower is not null && TextVocabulary is null)
            yield return "teacher.textVocabulary: missing · expected the vocabulary that belongs to textTower";
        if (!(CaptionTargetLength > 0))
            yield return $"teacher.captionTargetLength: {CaptionTargetLength} · expected above 0";
    }
}
