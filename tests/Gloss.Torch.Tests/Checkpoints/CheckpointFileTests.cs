using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Gloss.Tests;

namespace Gloss.Torch.Tests.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private static readonly byte[] sixFloats = MemoryMarshal.AsBytes<float>([0f, 1, 2, 3, 4, 5]).ToArray();
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("zip", CheckpointFormat.TorchZip)]
    [InlineData("deflated", CheckpointFormat.TorchZip)]
    [InlineData("legacy", CheckpointFormat.TorchLegacy)]
    public void Open_ViewsOfOneStorage_ShareMemory(string container, CheckpointFormat format)
    {
        using var live = new LiveValues();
        var pickle = TwoViews();
        var content = container switch
        {
            "zip" => pickle.ToZip(storages: ("0", sixFloats)),
            "deflated" => pickle.ToZip(CompressionLevel.Optimal, ("0", sixFloats)),
            _ => pickle.ToLegacy(("0", 6, sixFloats)),
        };
        var path = Put(content);
        using var scope = TensorScope.Begin();
        Tensor all, turned;
        using (var file = CheckpointFile.Open(path))
        {
            Assert.Equal(format, file.Format);
            Assert.Equal(3L, file.Root["epoch"]);
            var tensors = ((CheckpointDictionary)file.Root["model"]!).Tensors();
            Assert.True(tensors["all"].SharesStorageWith(tensors["turned"]));
            Assert.Equal(["model.all", "model.turned"], file.Flatten().Keys);
            (all, turned) = (tensors["all"].Read(), tensors["turned"].Read());
        }
        // The tensors outlive the file object.
        Assert.Equal([0f, 1, 2, 3, 4, 5], all.ToArray<float>());
        Assert.Equal([1f, 4, 2, 5], turned.ToArray<float>());
        Assert.Equal([2, 2], turned.Shape);
        all.FillInPlace(7.0);
        Assert.Equal([7f, 7, 7, 7], turned.ToArray<float>());
        Assert.Equal(content, File.ReadAllBytes(path)); // writing into a tensor leaves the file alone
    }

    [Theory]
    [InlineData("HalfStorage", ScalarType.Float16, 2)]
    [InlineData("BFloat16Storage", ScalarType.BFloat16, 2)]
    [InlineData("FloatStorage", ScalarType.Float32, 4)]
    [InlineData("DoubleStorage", ScalarType.Float64, 8)]
    [InlineData("LongStorage", ScalarType.Int64, 8)]
    [InlineData("IntStorage", ScalarType.Int32, 4)]
    [InlineData("ShortStorage", ScalarType.Int16, 2)]
    [InlineData("CharStorage", ScalarType.Int8, 1)]
    [InlineData("ByteStorage", ScalarType.UInt8, 1)]
    [InlineData("BoolStorage", ScalarType.Bool, 1)]
    public void Read_EveryType_KeepsTheBytes(string storage, ScalarType type, int size)
    {
        var data = Enumerable.Range(0, 3 * size).Select(i => (byte)(i & 1)).ToArray();
        var path = Put(new Pickle().Op('}').Text("x").Tensor(storage, "0", 3, 0, [3], [1]).Op('s')
            .ToZip(storages: ("0", data)));
        using var file = CheckpointFile.Open(path);
        using var tensor = file.Root.Tensors()["x"].Read();
        Assert.Equal(type, tensor.Type);
        Assert.Equal(data, tensor.ToBytes());
    }

    [Fact]
    public void Open_LegacyStoragesAtOddPlaces_AreRead()
    {
        var pickle = new Pickle().Op('}').Op('(').Text("byte").Tensor("ByteStorage", "a", 1, 0, [1], [1])
            .Text("number").Tensor("DoubleStorage", "b", 1, 0, [], []).Op('u');
        using var file = CheckpointFile.Open(Put(pickle.ToLegacy(("a", 1, [9]), ("b", 1, BitConverter.GetBytes(0.5)))));
        using var number = file.Root.Tensors()["number"].Read();
        Assert.Equal(0.5, number.ToDouble());
        Assert.Empty(number.Shape);
    }

    [Fact]
    public void Open_Safetensors_GivesTheSame()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        var path = Path.Combine(folder, "x.bin");
        SafetensorsWriter.Write(path,
            new Dictionary<string, Tensor> { ["a.b"] = Tensor.FromData([1f, 2, 3, 4], 2, 2) });
        using var file = CheckpointFile.Open(path);
        Assert.Equal(CheckpointFormat.Safetensors, file.Format);
        Assert.Equal([1f, 2, 3, 4], file.Root.Tensors()["a.b"].Read().ToArray<float>());
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("torch", "ComplexFloatStorage")]
    [InlineData("__torch__.some", "Module")] // objects stand only in TorchScript archives
    [InlineData("collections", "OrderedDict.fromkeys")]
    public void Open_OtherGlobal_IsRefusedByNameAndOffset(string module, string name)
    {
        var call = new Pickle().Op('}').Text("a").Global(module, name).Text("touch pwned").Op(0x85).Op('R').Op('s');
        foreach (var file in new[] { call.ToZip(), call.ToLegacy() })
        {
            var message = Refused(file);
            Assert.Contains($"{module}.{name}", message);
            Assert.Contains("at offset 9", message);
        }
        var stack = new Pickle().Op('}').Text("a").Text(module).Text(name).Op(0x93).Op(')').Op('R').Op('s');
        Assert.Contains($"{module}.{name}", Refused(stack.ToZip()));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'i' }, "0x69")] // INST: calls a class by name
    [InlineData(new byte[] { (byte)'o' }, "0x6f")] // OBJ
    [InlineData(new byte[] { 0x82, 1 }, "0x82")] // EXT1
    [InlineData(new byte[] { 0x92 }, "0x92")] // NEWOBJ_EX
    [InlineData(new byte[] { (byte)'P', (byte)'x', (byte)'\n' }, "0x50")] // PERSID
    [InlineData(new byte[] { (byte)'X', 255, 255, 255, 255 }, "4294967295 more bytes")]
    [InlineData(new byte[] { 0x8d, 255, 255, 255, 255, 255, 255, 255, 255 }, "18446744073709551615 more bytes")]
    [InlineData(new byte[] { 0x8a, 255 }, "255 more bytes")]
    [InlineData(new byte[] { (byte)'h', 5 }, "no value 5")]
    [InlineData(new byte[] { (byte)'R' }, "stack is empty")]
    [InlineData(new byte[] { (byte)'t' }, "no mark")]
    [InlineData(new byte[] { (byte)'N', (byte)'N' }, "left over")]
    [InlineData(new byte[] { (byte)'K', 1 }, "no dictionary")]
    [InlineData(new byte[] { (byte)'}', (byte)')', (byte)'N', (byte)'s' }, "a key of type")]
    [InlineData(new byte[] { (byte)'K', 1, (byte)')', (byte)'R' }, "no known function")]
    public void Open_HostileInstructions_AreRefused(byte[] code, string expected) =>
        Assert.Contains(expected, Refused(new Pickle().Op(code).ToZip()));

    [Theory]
    [InlineData(6, 0, 7, 1, "reaches beyond")]
    [InlineData(6, 3, 4, 1, "reaches beyond")]
    [InlineData(6, 0, 4, 2, "reaches beyond")]
    [InlineData(6, -1, 4, 1, "reaches beyond")]
    [InlineData(6, 0, -4, 1, "at least 0")]
    [InlineData(6, 0, 2, -1, "at least 0")]
    [InlineData(6, 0, long.MaxValue, long.MaxValue, "reaches beyond")]
    [InlineData(6, 0, 1L << 40, 0, "repeats")]
    [InlineData(7, 0, 6, 1, "24 bytes, its storage needs 28")]
    [InlineData(1L << 60, 0, 6, 1, "claims 1152921504606846976 elements")]
    [InlineData(-1, 0, 6, 1, "claims -1 elements")]
    public void Open_FalseSizes_AreRefused(long count, long offset, long size, long stride, string expected) =>
        Assert.Contains(expected,
        Refused(new Pickle().Op('}').Text("x").Tensor("FloatStorage", "0", count, offset, [size], [stride]).Op('s')
            .ToZip(storages: ("0", sixFloats))));

    [Fact]
    public void Open_LegacyStorageLargerThanTheFile_IsRefused() =>
        Assert.Contains("claims 100000", Refused(new Pickle().Op('}').Text("x")
        .Tensor("FloatStorage", "0", 100_000, 0, [6], [1]).Op('s').ToLegacy(("0", 100_000, sixFloats))));

    [Fact]
    public void Flatten_DictionaryInItself_Throws()
    {
        var path = Put(new Pickle().Op('}').Op((byte)'q', 0).Text("again").Op((byte)'h', 0).Op('s').ToZip());
        using var file = CheckpointFile.Open(path);
        Assert.Contains("deep", Assert.Throws<CheckpointException>(() => file.Flatten()).Message);
    }

    [Fact]
    public void Flatten_ManyPathsToOneDictionary_Throws()
    {
        // 30 levels, each holding the next one twice: 2³⁰ paths in 30 small dictionaries.
        var pickle = new Pickle().Op('}').Op((byte)'q', 0).Text("x").Int(1).Op('s').Op('0');
        for (byte i = 1; i <= 30; i++)
            pickle.Op('}').Op((byte)'q', i).Text("a").Op((byte)'h', (byte)(i - 1)).Op('s').Text("b")
                .Op((byte)'h', (byte)(i - 1)).Op('s').Op('0');
        using var file = CheckpointFile.Open(Put(pickle.Op((byte)'h', 30).ToZip()));
        Assert.Contains("more than", Assert.Throws<CheckpointException>(() => file.Flatten()).Message);
    }

    [Fact]
    public void Open_EveryTruncation_Throws()
    {
        foreach (var whole in new[] { TwoViews().ToZip(storages: ("0", sixFloats)),
            TwoViews().ToLegacy(("0", 6, sixFloats)) })
        {
            for (var length = 0; length < whole.Length; length++)
                Assert.Throws<CheckpointException>(() => CheckpointFile.Open(Put(whole[..length])).Dispose());
        }
    }

    [Fact]
    public void Open_CompressedEntryOfFalseSize_Throws()
    {
        // 1 MiB of zeros deflates to about 1 KiB; the directory then claims a thousand times more.
        var whole = new Pickle().Op('}').Text("x").Tensor("FloatStorage", "0", 1L << 28, 0, [6], [1]).Op('s')
            .ToZip(CompressionLevel.Optimal, ("0", new byte[1 << 20]));
        Rewrite(whole, "model/data/0", (central, at) =>
            BinaryPrimitives.WriteUInt32LittleEndian(central[(at + 24)..], 1u << 30));
        Assert.Contains("which deflate cannot", Refused(whole));
    }

    [Fact]
    public void Read_CompressedEntryThatEndsEarly_Throws()
    {
        var whole = new Pickle().Op('}').Text("x").Tensor("ByteStorage", "0", (1 << 20) + 64, 0, [6], [1]).Op('s')
            .ToZip(CompressionLevel.Optimal, ("0", new byte[1 << 20]));
        Rewrite(whole, "model/data/0", (central, at) =>
            BinaryPrimitives.WriteUInt32LittleEndian(central[(at + 24)..], (1 << 20) + 64));
        using var live = new LiveValues();
        using var file = CheckpointFile.Open(Put(whole));
        Assert.Contains("does not unpack",
            Assert.Throws<CheckpointException>(() => file.Root.Tensors()["x"].Read()).Message);
    }

    [Fact]
    public void Open_OverlappingEntries_Throws()
    {
        var whole = TwoViews().ToZip(storages: ("0", sixFloats));
        // The last entry's data is said to begin where the first entry's does.
        Rewrite(whole, "model/data/0", (central, at) => central.Slice(at + 42, 4).Clear());
        Assert.Contains("overlap", Refused(whole));
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1", "Git LFS")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("just some text", "torch.save")]
    public void Open_NoCheckpoint_SaysWhatItIs(string content, string expected) =>
        Assert.Contains(expected, Refused(System.Text.Encoding.UTF8.GetBytes(content)));

    [Theory]
    [InlineData("reference/ram_family/tag2text/model.pth", CheckpointFormat.TorchZip, "model")]
    [InlineData("reference/ram_family/tag2text/model_legacy.pth", CheckpointFormat.TorchLegacy, "model")]
    [InlineData("reference/ram_family/ram_plus/model_fp16.pth", CheckpointFormat.TorchZip, "model")]
    [InlineData("reference/ram_family/clip/model_jit.pt", CheckpointFormat.TorchScript, null)]
    public void Open_FilesOfTorch_AreRead(string relativePath, CheckpointFormat format, string? key)
    {
        using var live = new LiveValues();
        using var file = CheckpointFile.Open(ReferenceData.Require(relativePath));
        Assert.Equal(format, file.Format);
        var tensors = file.Flatten(key is null ? null : (CheckpointDictionary)file.Root[key]!);
        Assert.True(tensors.Count > 60);
        foreach (var (name, entry) in tensors)
        {
            using var tensor = entry.Read();
            Assert.Equal(entry.Shape, tensor.Shape);
            Assert.True(tensor.Type is ScalarType.Int64 || tensor.IsFinite(), name);
        }
    }

    [Fact]
    public void Open_SharedTensorsOfTorch_StayShared()
    {
        using var file = CheckpointFile.Open(ReferenceData.Require("reference/ram_family/tag2text/model.pth"));
        var tensors = ((CheckpointDictionary)file.Root["model"]!).Tensors();
        const string Shared = "encoder.layer.0.crossattention.self.query.weight";
        Assert.True(tensors[$"tag_encoder.{Shared}"].SharesStorageWith(tensors[$"tagging_head.{Shared}"]));
    }

    [Fact]
    public void IsSameViewAs_OtherElementsOfOneStorage_AreNot()
    {
        var data = MemoryMarshal.AsBytes<float>([1f, 2, 3, 4]).ToArray();
        var pickle = new Pickle().Op('}').Op('(').Text("one").Tensor("FloatStorage", "0", 4, 0, [2], [1])
            .Text("same").Tensor("FloatStorage", "0", 4, 0, [2], [1]).Text("next")
                .Tensor("FloatStorage", "0", 4, 2, [2], [1])
            .Text("wide").Tensor("FloatStorage", "0", 4, 0, [2], [2]).Op('u');
        using var file = CheckpointFile.Open(Put(pickle.ToZip(storages: ("0", data))));
        var tensors = file.Root.Tensors();
        Assert.True(tensors["one"].IsSameViewAs(tensors["same"]));
        Assert.All(["next", "wide"], name => Assert.True(tensors["one"].SharesStorageWith(tensors[name])
            && !tensors["one"].IsSameViewAs(tensors[name])));
    }

    [Fact]
    public void Open_HalfPrecisionAndTorchScript_EqualTheSinglePrecisionFiles()
    {
        using var plus = CheckpointFile.Open(ReferenceData.Require("reference/ram_family/ram_plus/model.pth"));
        using var half = CheckpointFile.Open(ReferenceData.Require("reference/ram_family/ram_plus/model_fp16.pth"));
        AssertEqual(((CheckpointDictionary)plus.Root["model"]!).Tensors(),
            ((CheckpointDictionary)half.Root["model"]!).Tensors());
        using var state = CheckpointFile.Open(ReferenceData.Require("reference/ram_family/clip/model_state.pt"));
        using var script = CheckpointFile.Open(ReferenceData.Require("reference/ram_family/clip/model_jit.pt"));
        AssertEqual(state.Root.Tensors(), script.Flatten());

        static void AssertEqual(Dictionary<string, CheckpointTensor> expected,
            Dictionary<string, CheckpointTensor> actual)
        {
            foreach (var (name, entry) in expected)
            {
                using var scope = TensorScope.Begin();
                var (a, b) = (entry.Read().To(ScalarType.Float64), actual[name].Read().To(ScalarType.Float64));
                Assert.Equal(0, (a - b).Abs().Sum().ToDouble());
            }
        }
    }

    private static Pickle TwoViews() => new Pickle().Op('}').Op('(')
        .Text("model").Global("collections", "OrderedDict").Op(')').Op('R').Op('(')
        .Text("all").Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1])
        .Text("turned").Tensor("FloatStorage", "0", 6, 1, [2, 2], [1, 3]).Op('u')
        .Text("epoch").Int(3).Op('u');

    private string Put(byte[] content)
    {
        var path = Path.Combine(folder, "file.pth");
        File.WriteAllBytes(path, content);
        return path;
    }

    private string Refused(byte[] content)
    {
        var message = Assert.Throws<CheckpointException>(() => CheckpointFile.Open(Put(content)).Dispose()).Message;
        Assert.Contains("hint:", message);
        return message;
    }

    private delegate void Change(Span<byte> file, int central);

    // Applies a change to the record of an entry in a zip archive's central directory.
    private static void Rewrite(byte[] zip, string name, Change change)
    {
        var at = zip.AsSpan().LastIndexOf(System.Text.Encoding.UTF8.GetBytes(name)) - 46;
        Assert.Equal(0x02014b50, BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(at)));
        change(zip, at);
    }
}
