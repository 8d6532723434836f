using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gloss.Text.Mining;

/// <summary>A caption's scene graph in the JSON form in which annotations are kept: one object a line.</summary>
public sealed record CaptionAnnotation
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The caption.</summary>
    public required string Caption { get; init; }

    /// <summary>Where the caption is from; null where not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>Its entities, in order.</summary>
    public required IReadOnlyList<AnnotatedEntity> Entities { get; init; }

    /// <summary>Its actions.</summary>
    public required IReadOnlyList<AnnotatedAction> Actions { get; init; }

    /// <summary>Its relations; both ends are heads of entities.</summary>
    public required IReadOnlyList<AnnotatedRelation> Relations { get; init; }

    /// <summary>Names by type (object, scene, attribute, action), without repeats.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Tags { get; init; }

    /// <summary>An entity; <c>Type</c> is object, scene or none.</summary>
    public sealed record AnnotatedEntity(
        string Head, string Text, int Start, int End, string Type, IReadOnlyList<string> Attributes);

    /// <summary>An action; subject and object are heads of entities, or null.</summary>
    public sealed record AnnotatedAction(string Verb, string? Particle, string? Subject, string? Object);

    /// <summary>A relation between heads.</summary>
    public sealed record AnnotatedRelation(string Subject, string Predicate, string Object);

    /// <summary>The annotation of a scene graph.</summary>
    public static CaptionAnnotation Of(string caption, SceneGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        string? HeadOf(int? entity) => entity is { } index ? graph.Entities[index].Head : null;
        IReadOnlyList<string> Heads(TagType type) =>
            [.. graph.Entities.Where(e => e.Type == type).Select(e => e.Head).Distinct()];
        return new CaptionAnnotation
        {
            Caption = caption,
            Entities = [.. graph.Entities.Select(e => new AnnotatedEntity(
                e.Head, e.Text, e.Start, e.End, e.Type?.ToString().ToLowerInvariant() ?? "none",
                [.. e.Attributes.Select(a => a.Name)]))],
            Actions = [.. graph.Actions.Select(a => new AnnotatedAction(
                a.Verb, a.Particle, HeadOf(a.Subject), HeadOf(a.Object)))],
            Relations = [.. graph.Relations.Select(r => new AnnotatedRelation(
                HeadOf(r.Subject)!, r.Predicate, HeadOf(r.Object)!))],
            Tags = new Dictionary<string, IReadOnlyList<string>>
            {
                ["object"] = Heads(TagType.Object),
                ["scene"] = Heads(TagType.Scene),
                ["attribute"] = [.. graph.Entities
                    .SelectMany(e => e.Attributes.Where(a => e.Type is not null || a.IsQuantity))
                    .Select(a => a.Name).Distinct()],
                ["action"] = [.. graph.Actions.Select(a => a.Name).Distinct()],
            },
        };
    }

    /// <summary>Reads one line.</summary>
    /// <exception cref="JsonException">The line has another form.</exception>
    public static CaptionAnnotation Parse(string line) =>
        JsonSerializer.Deserialize<CaptionAnnotation>(line, Json)
            ?? throw new JsonException("expected an object, got null");

    /// <summary>Writes one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
