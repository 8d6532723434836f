using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gloss.Tests.Images;

/// <summary>The pictures chosen for trouble, and what Pillow makes of them.</summary>
internal static class ImageReference
{
    public static string File(string name) => ReferenceData.Require($"reference/images/files/{name}");

    public static List<JsonObject> Entries()
    {
        var index = JsonNode.Parse(System.IO.File.ReadAllText(ReferenceData.Require("reference/images/index.json")))!;
        return [.. index["files"]!.AsArray().Select(entry => entry!.AsObject())];
    }

    public static IEnumerable<JsonObject> Resizes() =>
        System.IO.File.ReadLines(ReferenceData.Require("reference/images/resize.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject());

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The bytes of one tensor of decoded.safetensors.</summary>
    public static byte[] Decoded(string key)
    {
        using var stream = System.IO.File.OpenRead(ReferenceData.Require("reference/images/decoded.safetensors"));
        using var reader = new BinaryReader(stream);
        var length = reader.ReadInt64();
        using var header = JsonDocument.Parse(reader.ReadBytes((int)length));
        var offsets = header.RootElement.GetProperty(key).GetProperty("data_offsets");
        stream.Seek(8 + length + offsets[0].GetInt64(), SeekOrigin.Begin);
        return reader.ReadBytes((int)(offsets[1].GetInt64() - offsets[0].GetInt64()));
    }
}
