using System.Text.Json.Serialization;
using Gloss.Models.Generation;
using Gloss.Models.Tag2Text;

namespace Gloss.Inference;

/// <summary>What <c>config.json</c> of a model folder says; keys in snake case, no others.</summary>
public sealed record ModelConfig
{
    /// <summary>The format that this build writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Family name of Tag2Text models.</summary>
    public const string Tag2TextFamily = "tag2text";

    /// <summary>The version of the folder's format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>What kind of model it is: <c>tag2text</c>.</summary>
    public required string Family { get; init; }

    /// <summary>Sizes of a Tag2Text model; given where the family says so.</summary>
    [JsonPropertyName(Tag2TextFamily)]
    public Tag2TextConfig? Tag2Text { get; init; }

    /// <summary>How pictures become what the image encoder takes.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>Probability above which a tag is given that has no threshold of its own, 0–1.</summary><value>0.68</value>
    public float Threshold { get; init; } = 0.68f;

    /// <summary>Probability above which a tag guides the caption, 0–1; null: as tags are given.</summary><value>null</value>
    public float? GuideThreshold { get; init; }

    /// <summary>Ids of tags that never guide a caption.</summary><value>none</value>
    public int[] ExcludedTags { get; init; } = [];

    /// <summary>How captions are generated where the user says nothing.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>Where the weights come from, one line.</summary><value>empty</value>
    public string Source { get; init; } = "";

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (FormatVersion != CurrentFormat)
            yield return $"format_version: expected {CurrentFormat}, got {FormatVersion} (made by a newer Gloss?)";
        if (Family != Tag2TextFamily)
            yield return $"family: expected {Tag2TextFamily}, got \"{Family}\"";
        else if (Tag2Text is null)
            yield return "tag2text: missing";
        foreach (var fault in Tag2Text?.Faults() ?? [])
            yield return $"tag2text.{fault}";
        foreach (var fault in Preprocessing.Faults())
            yield return fault;
        if (!(Threshold is >= 0 and <= 1))
            yield return $"threshold: expected 0 to 1, got {Threshold}";
        if (GuideThreshold is not null and not (>= 0 and <= 1))
            yield return $"guide_threshold: expected 0 to 1 or null, got {GuideThreshold}";
        var wrongIds = ExcludedTags.Where(id => id < 0 || id >= Tag2Text?.Tags).ToArray();
        if (wrongIds.Length > 0)
            yield return $"excluded_tags: expected ids from 0 to {Tag2Text?.Tags - 1}, got {string.Join(", ", wrongIds.Take(8))}";
        foreach (var fault in Generation.Faults())
            yield return $"generation.{fault}";
        if (Generation.MaxLength > Tag2Text?.MaxPositions)
            yield return $"generation.max_length: expected at most max_positions {Tag2Text.MaxPositions}, got {Generation.MaxLength}";
    }
}
