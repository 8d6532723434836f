using System.Text;

namespace Gloss.Torch.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void WriteThenRead_GivesEqualTensors()
    {
        using var live = new LiveValues();
        var path = Path.Combine(folder, "a.safetensors");
        using (TensorScope.Begin())
        {
            SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
            {
                ["b"] = Tensor.FromData([1.5f, -2f], 2, 1),
                ["a.x"] = Tensor.FromData([7L, 8L, 9L], 3),
                ["half"] = Tensor.FromData([1f, 2f, 3f], 3).To(ScalarType.BFloat16),
            }, new Dictionary<string, string> { ["made"] = "by a test" });
            Dictionary<string, Tensor> read;
            using (var file = SafetensorsFile.Open(path))
            {
                Assert.Equal("by a test", file.Metadata["made"]);
                read = file.ReadAll();
            }
            // The tensors outlive the file object.
            Assert.Equal([1.5f, -2f], read["b"].ToArray<float>());
            Assert.Equal([2, 1], read["b"].Shape);
            Assert.Equal([7L, 8L, 9L], read["a.x"].ToArray<long>());
            Assert.Equal([1f, 2f, 3f], read["half"].To(ScalarType.Float32).ToArray<float>());
        }
        Assert.Equal(["a.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 4, "claims 4–8 of 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", 4, "needs")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "size -1")]
    [InlineData("""{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype C64")]
    [InlineData("""{"a":1}""", 4, "lacks dtype")]
    [InlineData("""[]""", 4, "no JSON object")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[1],"data_offsets":[0,4]}}""", 4, "no JSON")]
    [InlineData("""{"a":{"dtype":"F32",""", 4, "no JSON")]
    public void Open_HostileHeader_ThrowsOneClearError(string header, int dataLength, string expected)
    {
        var path = Path.Combine(folder, "hostile.safetensors");
        var bytes = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)bytes.Length), .. bytes, .. new byte[dataLength]]);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 100, 0, 0, 0, 0, 0, 0, 0, 1 })]
    public void Open_TooShort_Throws(byte[] content)
    {
        var path = Path.Combine(folder, "short.safetensors");
        File.WriteAllBytes(path, content);
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void ReadFloats_FloatsOfAnyWidth_GivesTheirValues()
    {
        var path = Path.Combine(folder, "floats.safetensors");
        using (TensorScope.Begin())
        {
            var values = Tensor.FromData([1.5f, -2f, 0.25f], 3);
            SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
            {
                ["single"] = values,
                ["half"] = values.To(ScalarType.Float16),
                ["brain"] = values.To(ScalarType.BFloat16),
                ["whole"] = values.To(ScalarType.Int64),
            });
        }
        using var file = SafetensorsFile.Open(path);
        foreach (var name in (string[])["single", "half", "brain"])
            Assert.Equal([1.5f, -2f, 0.25f], file.ReadFloats(name));
        Assert.Contains("expected floats", Assert.Throws<CheckpointException>(() => file.ReadFloats("whole")).Message);
    }

    [Fact]
    public void Load_ListsAllFaults()
    {
        using var module = new Two();
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<CheckpointException>(() => module.Load(new Dictionary<string, Tensor>
        {
            ["b"] = Tensors.Zeros([3]),
            ["c"] = Tensors.Zeros([1]),
        }));
        Assert.Contains("1 missing: a (2)", error.Message);
        Assert.Contains("1 unexpected: c", error.Message);
        Assert.Contains("b: expected (2), got (3)", error.Message);
    }

    private sealed class Two : Module
    {
        public Two()
        {
            AddParameter("a", Tensors.Zeros([2]));
            AddParameter("b", Tensors.Zeros([2]));
        }
    }
}
