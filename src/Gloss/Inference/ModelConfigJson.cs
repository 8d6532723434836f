using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gloss.Inference;

/// <summary>
/// The JSON form of <see cref="ModelConfig"/>: snake case, unknown and doubled keys refused, absent keys take their
/// defaults. By reflection, since generated serializers give absent init-only properties the zero of their type.
/// </summary>
internal static class ModelConfigJson
{
    private const int MaxDepth = 16;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        IgnoreReadOnlyProperties = true,
        MaxDepth = MaxDepth,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <exception cref="JsonException">The text is no JSON of this form.</exception>
    public static ModelConfig Read(ReadOnlySpan<byte> utf8) => JsonSerializer.Deserialize<ModelConfig>(utf8, Options)
        ?? throw new JsonException("expected an object, got null");

    /// <summary>Whether two records of sizes say the same; records compare lists by who they are.</summary>
    public static bool AreEqual(object one, object other) => one.GetType() == other.GetType()
        && JsonSerializer.Serialize(one, one.GetType(), Options) == JsonSerializer.Serialize(other,
            other.GetType(), Options);

    public static string Write(ModelConfig config) => JsonSerializer.Serialize(config, Options) + "\n";
}
