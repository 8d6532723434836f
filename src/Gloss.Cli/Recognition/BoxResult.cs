using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gloss.Inference.Grounding;

namespace Gloss.Cli.Recognition;

/// <summary>
/// What is printed of a picture with boxes as JSON; keys in snake case, what is not there is left out.
/// </summary>
internal sealed record BoxResult(string Path, int? Width, int? Height, IReadOnlyList<BoxResultItem>? Boxes,
    string? Error)
{
    /// <summary>The JSON form of a result, on one line.</summary>
    public static string ToJson(GroundedImage image) => JsonSerializer.Serialize(image.Error is { } error
        ? new BoxResult(image.Path, null, null, null, error.Message)
        : new BoxResult(image.Path, image.Size.Width, image.Size.Height,
            [.. image.Boxes.Select(b => new BoxResultItem(b.Name, Math.Round((decimal)b.Score, 4),
            [Rounded(b.Box.X), Rounded(b.Box.Y), Rounded(b.Box.Width), Rounded(b.Box.Height)]))], null),
                BoxResultJson.Readable.BoxResult);

    private static decimal Rounded(double value) => Math.Round((decimal)value, 2);
}

/// <summary>A box of a <see cref="BoxResult"/>: left, top, width and height in pixels.</summary>
internal sealed record BoxResultItem(string Tag, decimal Score, IReadOnlyList<decimal> Box);

/// <summary>The JSON form of results.</summary>
[JsonSerializable(typeof(BoxResult))]
internal sealed partial class BoxResultJson : JsonSerializerContext
{
    /// <summary>Letters of all languages are written as themselves.</summary>
    public static BoxResultJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
