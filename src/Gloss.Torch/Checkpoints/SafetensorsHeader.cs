using System.Text.Json;

namespace Gloss.Torch;

/// <summary>Reads and writes the JSON header of safetensors files.</summary>
internal static class SafetensorsHeader
{
    private static readonly Dictionary<string, ScalarType> types = new(StringComparer.Ordinal)
    {
        ["F32"] = ScalarType.Float32, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16,
        ["F64"] = ScalarType.Float64, ["I64"] = ScalarType.Int64, ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16, ["I8"] = ScalarType.Int8, ["U8"] = ScalarType.UInt8, ["BOOL"] = ScalarType.Bool,
    };

    public static (Dictionary<string, SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Read(
        string path, ReadOnlySpan<byte> header, long dataLength)
    {
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        using var document = JsonDocument.Parse(header.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw SafetensorsFile.Broken(path, "the header is no JSON object");
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                if (property.Value.ValueKind != JsonValueKind.Object)
                    throw SafetensorsFile.Broken(path, "__metadata__ is no object");
                foreach (var text in property.Value.EnumerateObject())
                    metadata[text.Name] = text.Value.ValueKind == JsonValueKind.String
                        ? text.Value.GetString()! : text.Value.GetRawText();
                continue;
            }
            if (!entries.TryAdd(property.Name, ReadEntry(path, property, dataLength)))
                throw SafetensorsFile.Broken(path, $"the entry '{property.Name}' stands there twice");
        }
        return (entries, metadata);
    }

    public static byte[] Write(IEnumerable<KeyValuePair<string, SafetensorsEntry>> entries,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (var (name, entry) in entries)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", types.Single(t => t.Value == entry.Type).Key);
                json.WriteStartArray("shape");
                foreach (var size in entry.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(entry.Start);
                json.WriteNumberValue(entry.Start + entry.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private static SafetensorsEntry ReadEntry(string path, JsonProperty property, long dataLength)
    {
        var name = property.Name;
        var item = property.Value;
        if (item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !item.TryGetProperty("shape", out var sizes) || sizes.ValueKind != JsonValueKind.Array
            || !item.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array
            || offsets.GetArrayLength() != 2
            || !offsets[0].TryGetInt64(out var start) || !offsets[1].TryGetInt64(out var end))
            throw SafetensorsFile.Broken(path, $"the entry '{name}' lacks dtype, shape or data_offsets");
        if (!types.TryGetValue(dtype.GetString()!, out var type))
            throw SafetensorsFile.Broken(path,
                $"the entry '{name}' has the unknown dtype {dtype} (known: {string.Join(", ", types.Keys)})");

        var shape = new long[sizes.GetArrayLength()];
        if (shape.Length > 16)
            throw SafetensorsFile.Broken(path, $"the entry '{name}' has {shape.Length} dimensions, at most 16");
        var bytes = (Int128)type.SizeInBytes();
        for (var i = 0; i < shape.Length; i++)
        {
            if (!sizes[i].TryGetInt64(out shape[i]) || shape[i] < 0)
                throw SafetensorsFile.Broken(path, $"the entry '{name}' has the size {sizes[i]}");
            bytes = Int128.Min(bytes * shape[i], long.MaxValue);
        }
        if (start < 0 || end < start || end > dataLength || bytes != end - start)
        {
            throw SafetensorsFile.Broken(path,
                $"the entry '{name}' {Tensor.DescribeShape(shape)} {type} needs {bytes} bytes " +
                $"and claims {start}–{end} of {dataLength}");
        }
        return new SafetensorsEntry(type, shape, start, end - start);
    }
}
