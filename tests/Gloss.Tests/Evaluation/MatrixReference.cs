using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gloss.Tests.Evaluation;

/// <summary>The stored matrices of scores, targets and similarities (safetensors: length, JSON header, data).</summary>
internal static class MatrixReference
{
    public static float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();

    public static byte[] Bytes(string name)
    {
        var file = File.ReadAllBytes(ReferenceData.Require("reference/metrics/matrices.safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var offsets = header.RootElement.GetProperty(name).GetProperty("data_offsets");
        return file[(8 + headerLength + offsets[0].GetInt32())..(8 + headerLength + offsets[1].GetInt32())];
    }

    public static JsonElement Expected(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(ReferenceData.Require($"reference/metrics/{file}")));
        return document.RootElement.Clone();
    }
}
