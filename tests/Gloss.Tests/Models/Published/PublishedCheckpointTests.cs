using System.IO.Compression;
using System.Text;
using Gloss.Inference;
using Gloss.Models.Published;
using Gloss.Torch;

namespace Gloss.Tests.Models.Published;

/// <summary>The published forms of one and the same checkpoint.</summary>
public sealed class PublishedCheckpointTests
{
    [Fact]
    public void Read_UnderStateDict_IsFound()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "c.pth");
        using (var source = ZipFile.OpenRead(RamFamilyReference.Path("ram_plus/model.pth")))
        using (var target = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            foreach (var entry in source.Entries)
            {
                using var from = entry.Open();
                using var bytes = new MemoryStream();
                from.CopyTo(bytes);
                using var to = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                to.Write(entry.Name == "data.pkl" ? Renamed(bytes.ToArray(), "model", "state_dict") : bytes.ToArray());
            }
        }
        using var file = CheckpointFile.Open(path);
        Assert.True(file.Root.ContainsKey("state_dict"));
        Assert.Equal(PublishedFamily.RamPlus, PublishedCheckpoint.Read(file).Family);
    }

    [Theory]
    [InlineData("clip/model_state.pt", PublishedFamily.Clip)]
    [InlineData("ram/model.pth", PublishedFamily.Ram)]
    public void Read_NamesOfSeveralDevices_AreThoseOfOne(string reference, PublishedFamily family)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "c.safetensors");
        using var original = CheckpointFile.Open(RamFamilyReference.Path(reference));
        using (var scope = TensorScope.Begin())
        {
            var tensors = (original.Root.TryGetValue("model", out var inner)
                ? (CheckpointDictionary)inner! : original.Root).Tensors();
            SafetensorsWriter.Write(path,
                tensors.ToDictionary(t => $"module.{t.Key}", t => t.Value.Read().Contiguous()));
        }
        using var file = CheckpointFile.Open(path);
        var read = PublishedCheckpoint.Read(file);
        Assert.Equal(family, read.Family);
        Assert.Equal(PublishedCheckpoint.Read(original).Names.Order(StringComparer.Ordinal),
            read.Names.Order(StringComparer.Ordinal));
    }

    // A text of the pickle, with its length before it.
    private static byte[] Renamed(byte[] pickle, string from, string to)
    {
        byte[] Text(string text) =>
            [(byte)'X', .. BitConverter.GetBytes(text.Length), .. Encoding.ASCII.GetBytes(text)];
        var at = pickle.AsSpan().IndexOf(Text(from));
        return [.. pickle[..at], .. Text(to), .. pickle[(at + Text(from).Length)..]];
    }
}
