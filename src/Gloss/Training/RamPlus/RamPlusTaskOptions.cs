using Gloss.Models.RamPlus;
using Gloss.Training.Ram;

namespace Gloss.Training.RamPlus;

/// <summary>Settings of <see cref="RamPlusTask"/>. Paths are relative to the working folder.</summary>
public sealed record RamPlusTaskOptions : TaggingTaskOptions
{
    /// <summary>
    /// Sizes. The number of tags, of texts for each, and the width of the embeddings are those of the vocabulary, the
    /// descriptions and the teacher.
    /// </summary>
    public required RamPlusConfig Model { get; init; }

    /// <summary>
    /// Texts that describe each tag, JSON as published; <c>gloss vocabulary describe</c> draws them from captions.
    /// null: the sentences of RAM's ensemble.
    /// </summary><value>null</value>
    public string? Descriptions { get; init; }

    /// <summary>Factor on the alignment of pictures and captions, 0 or more.</summary><value>1 as published</value>
    public double AlignmentWeight { get; init; } = 1;

    /// <summary>
    /// Pictures with which retrieval of captions is measured, 0 to 5,000; 0: it is not.
    /// </summary>
    /// <value>200</value>
    public int RetrievalImages { get; init; } = 200;

    /// <inheritdoc/>
    internal override IEnumerable<string> Faults()
    {
        foreach (var fault in base.Faults())
            yield return fault;
        if (!(AlignmentWeight >= 0))
            yield return $"alignmentWeight: {AlignmentWeight} · expected 0 or more";
        if (RetrievalImages is < 0 or > 5_000)
            yield return $"retrievalImages: {RetrievalImages} · expected 0 to 5000";
    }
}
