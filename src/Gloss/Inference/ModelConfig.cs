using System.Text.Json.Serialization;
using Gloss.Inference.Grounding;
using Gloss.Models;
using Gloss.Models.Clip;
using Gloss.Models.Generation;
using Gloss.Models.GroundingDino;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Models.Tag2Text;
using Gloss.Torch.Inference;

namespace Gloss.Inference;

/// <summary>What <c>config.json</c> of a model folder says; keys in snake case, no others.</summary>
public sealed record ModelConfig
{
    /// <summary>The format that this build writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Family name of Tag2Text models.</summary>
    public const string Tag2TextFamily = "tag2text";

    /// <summary>Family name of RAM models.</summary>
    public const string RamFamily = "ram";

    /// <summary>Family name of RAM++ models.</summary>
    public const string RamPlusFamily = "ram_plus";

    /// <summary>Family name of CLIP models.</summary>
    public const string ClipFamily = "clip";

    /// <summary>Family name of Grounding DINO models.</summary>
    public const string GroundingDinoFamily = "grounding_dino";

    /// <summary>All family names.</summary>
    public static IReadOnlyList<string> Families { get; } =
        [Tag2TextFamily, RamFamily, RamPlusFamily, ClipFamily, GroundingDinoFamily];

    /// <summary>The version of the folder's format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>What kind of model it is: one of <see cref="Families"/>.</summary>
    public required string Family { get; init; }

    /// <summary>Sizes of a Tag2Text model; given where the family says so, as the three below.</summary>
    [JsonPropertyName(Tag2TextFamily)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Tag2TextConfig? Tag2Text { get; init; }

    /// <summary>Sizes of a RAM model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RamConfig? Ram { get; init; }

    /// <summary>Sizes of a RAM++ model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RamPlusConfig? RamPlus { get; init; }

    /// <summary>Sizes of a CLIP model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClipConfig? Clip { get; init; }

    /// <summary>Sizes of a Grounding DINO model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroundingDinoConfig? GroundingDino { get; init; }

    /// <summary>How a Grounding DINO model is used; its defaults where absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroundingSettings? Grounding { get; init; }

    /// <summary>How pictures become what the image encoder takes.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>
    /// Probability above which a tag is given that has no threshold of its own, 0–1.
    /// </summary>
    /// <value>0.68</value>
    public float Threshold { get; init; } = 0.68f;

    /// <summary>Probability above which a tag outside the vocabulary is given, 0–1.</summary><value>0.5</value>
    public float OpenSetThreshold { get; init; } = 0.5f;

    /// <summary>
    /// Probability above which a tag guides the caption, 0–1; null: as tags are given.
    /// </summary>
    /// <value>null</value>
    public float? GuideThreshold { get; init; }

    /// <summary>Ids of tags that never guide a caption.</summary><value>none</value>
    public int[] ExcludedTags { get; init; } = [];

    /// <summary>
    /// Ids of tags that are never given, and guide no caption, whatever their probability.
    /// </summary>
    /// <value>none</value>
    public int[] DeletedTags { get; init; } = [];

    /// <summary>How captions are generated where the user says nothing.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>
    /// Ranges of the values inside an EfficientNet-Lite encoder, by the names of its convolution plan
    /// (<see cref="PictureEncoder.MeasureRanges"/>): with them it can be computed in 8 bits.
    /// </summary><value>null: it cannot</value>
    public IReadOnlyDictionary<string, ValueRange>? EncoderRanges { get; init; }

    /// <summary>Where the weights come from, one line.</summary><value>empty</value>
    public string Source { get; init; } = "";

    /// <summary>Number of tags; null for a family without.</summary>
    internal int? TagCount => Tag2Text?.Tags ?? Ram?.Tags ?? RamPlus?.Tags;

    /// <summary>Word pieces of a model that captions; null for one that does not.</summary>
    internal long? VocabularySize => Tag2Text is { HasCaptions: true } ? Tag2Text.VocabularySize
        : Ram is { HasCaptions: true } ? Ram.VocabularySize : null;

    /// <summary>The sizes, of whatever family; null where they are missing.</summary>
    internal object? Sizes => Family switch
    {
        Tag2TextFamily => Tag2Text,
        RamFamily => Ram,
        RamPlusFamily => RamPlus,
        ClipFamily => Clip,
        GroundingDinoFamily => GroundingDino,
        _ => null,
    };

    /// <summary>The family's name and the sizes of a model.</summary>
    internal static (string Family, object Sizes) Of(TaggingModel model) => model switch
    {
        Tag2TextModel tag2Text => (Tag2TextFamily, tag2Text.Config),
        RamModel ram => (RamFamily, ram.Config),
        RamPlusModel ramPlus => (RamPlusFamily, ramPlus.Config),
        _ => throw new ArgumentException($"{model.GetType().Name} has no form as a model folder", nameof(model)),
    };

    /// <summary>A tagging model of these sizes.</summary>
    internal TaggingModel Build() =>
        Tag2Text is not null ? new Tag2TextModel(Tag2Text)
        : Ram is not null ? new RamModel(Ram)
        : RamPlus is not null ? new RamPlusModel(RamPlus)
        : throw new InvalidOperationException($"the family {Family} gives no tags");

    /// <summary>What is wrong with the fields, by their keys.</summary>
    internal IEnumerable<string> Faults()
    {
        if (FormatVersion != CurrentFormat)
            yield return $"format_version: expected {CurrentFormat}, got {FormatVersion} (made by a newer Gloss?)";
        if (!Families.Contains(Family))
            yield return $"family: expected one of {string.Join(", ", Families)}, got \"{Family}\"";
        else if (Sizes is null)
            yield return $"{Family}: missing";
        var given = new (string Name, object? Sizes)[] { (Tag2TextFamily, Tag2Text), (RamFamily, Ram),
            (RamPlusFamily, RamPlus), (ClipFamily, Clip),
            (GroundingDinoFamily, GroundingDino) };
        foreach (var (name, _) in given.Where(g => g.Sizes is not null && g.Name != Family))
            yield return $"{name}: not expected, the family is {Family}";
        foreach (var fault in Tag2Text?.Faults() ?? [])
            yield return $"tag2text.{fault}";
        foreach (var fault in Ram?.Faults() ?? [])
            yield return $"ram.{fault}";
        foreach (var fault in RamPlus?.Faults() ?? [])
            yield return $"ram_plus.{fault}";
        foreach (var fault in Clip?.Faults() ?? [])
            yield return $"clip.{fault}";
        foreach (var fault in GroundingDino?.Faults() ?? [])
            yield return $"grounding_dino.{fault}";
        foreach (var fault in Grounding?.Faults() ?? [])
            yield return $"grounding.{fault}";
        foreach (var fault in Preprocessing.Faults())
            yield return fault;
        if (!(Threshold is >= 0 and <= 1))
            yield return $"threshold: expected 0 to 1, got {Threshold}";
        if (!(OpenSetThreshold is >= 0 and <= 1))
            yield return $"open_set_threshold: expected 0 to 1, got {OpenSetThreshold}";
        if (GuideThreshold is not null and not (>= 0 and <= 1))
            yield return $"guide_threshold: expected 0 to 1 or null, got {GuideThreshold}";
        foreach (var (key, ids) in new[] { ("excluded_tags", ExcludedTags), ("deleted_tags", DeletedTags) })
        {
            var wrongIds = ids.Where(id => id < 0 || id >= TagCount).ToArray();
            if (wrongIds.Length > 0)
                yield return $"{key}: expected ids from 0 to {TagCount - 1}, got {string.Join(", ", wrongIds.Take(8))}";
        }
        foreach (var (name, range) in EncoderRanges ?? new Dictionary<string, ValueRange>())
        {
            if (!(float.IsFinite(range.Low) && float.IsFinite(range.High) && range.Low <= range.High))
                yield return $"encoder_ranges.{name}: expected low <= high, got {range.Low} and {range.High}";
        }
        foreach (var fault in Generation.Faults())
            yield return $"generation.{fault}";
        var positions = Tag2Text is { HasCaptions: true } ? Tag2Text.MaxPositions : Ram is { HasCaptions: true }
            ? Ram.MaxPositions : (long?)null;
        if (Generation.MaxLength > positions)
            yield return $"generation.max_length: expected at most max_positions {positions}, got "
                + $"{Generation.MaxLength}";
    }
}
