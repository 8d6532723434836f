using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Gloss.Torch.Tests.Checkpoints;

/// <summary>
/// Random damage to well-formed files: every case must end in tensors or in a <see cref="CheckpointException"/>, soon,
/// and without much memory. <c>GLOSS_FUZZ_CASES</c> says how many cases, <c>GLOSS_FUZZ_SEED</c> which;
/// <c>tests/fuzz-checkpoints</c> runs many.
/// </summary>
public sealed class CheckpointFuzzTests : IDisposable
{
    private const long MaxAllocatedBytes = 256 << 20;
    private static readonly TimeSpan maxTime = TimeSpan.FromSeconds(10);
    private readonly string folder = Directory.CreateTempSubdirectory("gloss-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Open_DamagedFiles_NeverFailsOtherwise()
    {
        var cases = Setting("GLOSS_FUZZ_CASES", 1500);
        var seed = Setting("GLOSS_FUZZ_SEED", 1);
        var random = new Random(seed);
        var files = WellFormed();
        var path = Path.Combine(folder, "case");
        var (opened, refused) = (0, 0);
        for (var i = 0; i < cases; i++)
        {
            var content = Damage(random, files);
            File.WriteAllBytes(path, content);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            try
            {
                using var live = new LiveValues();
                using var scope = TensorScope.Begin();
                using var file = CheckpointFile.Open(path);
                foreach (var tensor in file.Flatten().Values)
                {
                    if (tensor.Read() is { ElementCount: < 100_000 } read)
                        read.ToBytes();
                }
                opened++;
            }
            catch (CheckpointException error) when (error.Message.Length < 2000)
            {
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"case {i} of seed {seed}: {error}\n{Convert.ToHexString(content)}");
            }
            Assert.True(clock.Elapsed < maxTime, $"case {i} of seed {seed} took {clock.Elapsed}");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocatedBytes, $"case {i} of seed {seed} allocated {allocated} bytes");
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{cases} cases: {opened} gave tensors, {refused} were refused");
        Assert.True(opened > 0 && refused > 0);
    }

    private static List<byte[]> WellFormed()
    {
        var floats = MemoryMarshal.AsBytes<float>([0f, 1, 2, 3, 4, 5]).ToArray();
        var pickle = new Pickle().Op('}').Op((byte)'q', 0).Op('(')
            .Text("model").Global("collections", "OrderedDict").Op(')').Op('R').Op((byte)'r', 9, 0, 0, 0).Op('(')
            .Text("a").Tensor("FloatStorage", "0", 6, 0, [2, 3], [3, 1])
            .Text("b").Tensor("FloatStorage", "0", 6, 1, [2, 2], [1, 3])
            .Text("c").Tensor("ByteStorage", "1", 5, 0, [5], [1]).Op('u').Op('}').Op('b')
            .Text("epoch").Int(3).Text("names").Op(']').Op('(').Text("x").Op('N').Op(0x88).Op('e')
            .Text("pair").Op((byte)'K', 1, (byte)'M', 1, 2, 0x86).Op('u');
        var script = new Pickle().Global("__torch__.m", "Net").Op(')').Op(0x81).Op('}').Op('(')
            .Text("weight").Tensor("HalfStorage", "0", 12, 0, [3, 4], [4, 1]).Text("training").Op(0x89).Op('u').Op('b');
        return
        [
            pickle.ToZip(storages: [("0", floats), ("1", [1, 2, 3, 4, 5])]),
            pickle.ToZip(System.IO.Compression.CompressionLevel.Optimal, ("0", floats), ("1", [1, 2, 3, 4, 5])),
            pickle.ToLegacy(("0", 6, floats), ("1", 5, [1, 2, 3, 4, 5])),
            script.ToZip(storages: [("0", floats), (".constants.pkl", [])]),
            [.. BitConverter.GetBytes(62L), .. """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}     """u8,
                .. floats],
        ];
    }

    private static byte[] Damage(Random random, List<byte[]> files)
    {
        var content = files[random.Next(files.Count)].ToList();
        for (var n = random.Next(1, 5); n > 0 && content.Count > 0; n--)
        {
            var at = random.Next(content.Count);
            switch (random.Next(7))
            {
                case 0: content[at] = (byte)random.Next(256); break;
                case 1: content[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: content.RemoveRange(at, Math.Min(content.Count - at, random.Next(1, 9))); break;
                case 3: content.InsertRange(at, content.GetRange(at, Math.Min(content.Count - at, random.Next(1, 40))));
                    break;
                case 4: // an extreme number
                    for (var i = at; i < Math.Min(content.Count, at + (random.Next(2) == 0 ? 4 : 8)); i++)
                        content[i] = (byte)(random.Next(2) == 0 ? 0xff : 0x7f);
                    break;
                case 5: content.RemoveRange(at, content.Count - at); break;
                default: // a part of another file
                    var other = files[random.Next(files.Count)];
                    var from = random.Next(other.Length);
                    content.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 60))]);
                    break;
            }
        }
        return [.. content];
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture,
            out var value) ? value : otherwise;
}
