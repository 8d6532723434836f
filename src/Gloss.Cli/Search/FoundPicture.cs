using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Search;

namespace Gloss.Cli.Search;

/// <summary>
/// What is printed of a picture of a catalogue as JSON; keys in snake case, what is not there is left out.
/// </summary>
internal sealed record FoundPicture(string Path, decimal? Score, int Width, int Height, string Taken, string? Caption,
    IReadOnlyList<FoundTag> Tags)
{
    /// <summary>The JSON form, on one line.</summary>
    public static string ToJson(CataloguedPicture picture, float? score = null) =>
        JsonSerializer.Serialize(new FoundPicture(picture.Path,
        score is { } value ? Rounded(value) : null, picture.Width, picture.Height,
        picture.Taken.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture), picture.Caption,
        [.. picture.Tags.Select(tag => new FoundTag(tag.Name, tag.Type?.ToString().ToLowerInvariant(),
            Rounded(tag.Score), tag.IsByPerson ? true : null))]),
        FoundPictureJson.Readable.FoundPicture);

    private static decimal Rounded(float score) => Math.Round((decimal)score, 4);
}

/// <summary>A tag of a <see cref="FoundPicture"/>.</summary>
internal sealed record FoundTag(string Name, string? Type, decimal Score, bool? ByPerson);

/// <summary>The JSON form of pictures of a catalogue.</summary>
[JsonSerializable(typeof(FoundPicture))]
internal sealed partial class FoundPictureJson : JsonSerializerContext
{
    /// <summary>Letters of all languages are written as themselves.</summary>
    public static FoundPictureJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
