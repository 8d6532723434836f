using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Inference;

namespace Gloss.Cli.Recognition;

/// <summary>What is printed of a picture as JSON; keys in snake case, what is not there is left out.</summary>
internal sealed record PictureResult(string Path, int? Width, int? Height, IReadOnlyList<TagResult>? Tags,
    string? Caption, string? Error)
{
    /// <summary>The JSON form of a result, on one line.</summary>
    public static string ToJson(RecognizedImage image, bool hasTags) =>
        JsonSerializer.Serialize(image.Error is { } error
        ? new PictureResult(image.Path, null, null, null, null, error.Message)
        : new PictureResult(image.Path, image.Width, image.Height,
            hasTags
                ? [.. image.Tags.Select(tag => new TagResult(tag.Name, tag.Type.ToString().ToLowerInvariant(),
                Rounded(tag.Score)))] : null, image.Caption, null),
        PictureResultJson.Readable.PictureResult);

    // Float32 as decimal has digits that mean nothing.
    private static decimal Rounded(float score) => Math.Round((decimal)score, 4);
}

/// <summary>A tag of a <see cref="PictureResult"/>.</summary>
internal sealed record TagResult(string Name, string Type, decimal Score);

/// <summary>The JSON form of results.</summary>
[JsonSerializable(typeof(PictureResult))]
internal sealed partial class PictureResultJson : JsonSerializerContext
{
    /// <summary>Letters of all languages are written as themselves.</summary>
    public static PictureResultJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
