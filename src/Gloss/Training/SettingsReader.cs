using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Gloss.Training;

/// <summary>
/// Reads records of settings from JSON, strictly: an unknown key, a missing one, a value of another kind are each a
/// fault with its full key, and all faults are gathered. Keys are in camelCase; enumerations are names.
/// </summary>
internal static class SettingsReader
{
    private static readonly JsonSerializerOptions json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Reads a record; null when there are faults in it.</summary>
    /// <param name="section">The JSON object; null is one without keys.</param>
    /// <param name="prefix">Stands before each key in faults, for example <c>trainer.</c></param>
    /// <param name="faults">Takes the faults.</param>
    public static T? Read<T>(JsonObject? section, string prefix, List<string> faults) where T : class
    {
        section ??= [];
        var before = faults.Count;
        Check(section, json.GetTypeInfo(typeof(T)), prefix, faults);
        if (faults.Count > before)
            return null;
        try
        {
            return section.Deserialize<T>(json);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            faults.Add($"{prefix.TrimEnd('.')}: {error.Message}");
            return null;
        }
    }

    /// <summary>The fault of a key that is none of <paramref name="valid"/>, with the nearest one.</summary>
    public static string UnknownKey(string prefix, string key, IReadOnlyCollection<string> valid)
    {
        var nearest = valid.OrderBy(v => Distance(v, key)).FirstOrDefault();
        var guess = nearest is not null && Distance(nearest, key) <= 3 ? $", did you mean {nearest}?" : "";
        return $"{prefix}{key}: unknown key{guess} · valid keys: {string.Join(", ", valid)}";
    }

    private static void Check(JsonObject section, JsonTypeInfo type, string prefix, List<string> faults)
    {
        var properties = type.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null)
            .ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (var (key, value) in section)
        {
            if (!properties.TryGetValue(key, out var property))
            {
                faults.Add(UnknownKey(prefix, key, properties.Keys));
                continue;
            }
            var inner = json.GetTypeInfo(property.PropertyType);
            if (inner.Kind == JsonTypeInfoKind.Object && value is JsonObject innerSection)
                Check(innerSection, inner, $"{prefix}{key}.", faults);
            else
                CheckValue(value, property.PropertyType, prefix + key, faults);
        }
        foreach (var missing in properties.Values.Where(p => p.IsRequired && !section.ContainsKey(p.Name)))
            faults.Add($"{prefix}{missing.Name}: missing · expected {Describe(missing.PropertyType)}");
    }

    private static void CheckValue(JsonNode? value, Type type, string key, List<string> faults)
    {
        try
        {
            value.Deserialize(type, json);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            faults.Add($"{key}: {value?.ToJsonString() ?? "null"} · expected {Describe(type)}");
        }
    }

    private static string Describe(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return $"{Describe(inner)}, or null";
        if (type.IsEnum)
            return string.Join(" or ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName));
        if (type == typeof(string))
            return "a text";
        if (type == typeof(bool))
            return "true or false";
        if (type == typeof(int) || type == typeof(long) || type == typeof(ulong))
            return "a whole number";
        if (type == typeof(double) || type == typeof(float))
            return "a number";
        return json.GetTypeInfo(type).Kind switch
        {
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Object => "an object",
            _ => type.Name,
        };
    }

    // Edits between two words (Levenshtein).
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
