using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gloss.Text;

/// <summary>What kind of thing a tag names. Written in lower case in <c>tags.jsonl</c>.</summary>
[JsonConverter(typeof(TagTypeConverter))]
public enum TagType
{
    /// <summary>A thing or a being: "dog", "frisbee".</summary>
    Object,

    /// <summary>A place or a surrounding: "beach", "kitchen".</summary>
    Scene,

    /// <summary>A property: "red", "wooden".</summary>
    Attribute,

    /// <summary>Something done: "run", "catch".</summary>
    Action,
}

/// <summary>Tag types by their lower-case name; numbers are refused.</summary>
internal sealed class TagTypeConverter()
    : JsonStringEnumConverter<TagType>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
