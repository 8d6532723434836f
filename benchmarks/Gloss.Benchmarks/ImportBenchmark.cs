using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Gloss.Inference;
using Gloss.Torch;
using Gloss.Torch.Tests.Checkpoints;

namespace Gloss.Benchmarks;

/// <summary>
/// Importing a full-size checkpoint: a file as torch.save writes it, of the weights of the model folder that
/// <see cref="PublishedBenchmark"/> writes; seconds and memory.
/// </summary>
internal static class ImportBenchmark
{
    private const int ChunkElements = 1 << 22;
    private const int Alignment = 64;
    private const int EntryHeader = 30;
    private const string StoragePrefix = "archive/data/";

    public static void Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        if (PublishedBenchmark.FolderOf(options) is not { } folder)
            return;
        var work = Directory.CreateTempSubdirectory("gloss-import-").FullName;
        try
        {
            Measure(folder, work);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Measure(string folder, string work)
    {
        var (checkpoint, tags, words) = (Path.Combine(work, "checkpoint.pth"), Path.Combine(work, "tags.txt"),
            Path.Combine(folder, "vocab.txt"));
        Write(Path.Combine(folder, "model.safetensors"), checkpoint);
        File.WriteAllLines(tags, ModelFolder.Open(folder).ReadTags().Select(tag => tag.Name));
        Console.WriteLine($"{Path.GetFileName(checkpoint)}: {new FileInfo(checkpoint).Length / 1e9:0.00} GB");

        ProcessMemory.ForgetMost();
        Console.WriteLine($"before: {ProcessMemory.Describe()}");
        var start = Stopwatch.GetTimestamp();
        var imported = CheckpointImport.Run(new CheckpointImportOptions
        {
            Checkpoint = checkpoint, Tags = tags, Vocabulary = File.Exists(words) ? words : null,
            Output = Path.Combine(work, "model"),
        });
        Console.WriteLine(
            $"imported: {imported.Config.Family}, {imported.ParameterCount.ToString("N0", CultureInfo.InvariantCulture)} parameters " +
            $"in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s, {ProcessMemory.Describe()}");
    }

    // {"model": {name: tensor, …}}, each tensor over a storage of its own that begins at a multiple of 64 bytes.
    private static void Write(string weights, string checkpoint)
    {
        using var file = SafetensorsFile.Open(weights);
        using var stream = File.Create(checkpoint);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        var pickle = new Pickle().Op('}').Text("model").Global("collections", "OrderedDict").Op(')').Op('R').Op('(');
        foreach (var (name, entry) in file.Entries)
        {
            var key = AlignedKey(stream.Position);
            pickle.Text(name).Tensor("FloatStorage", key, entry.Length / sizeof(float), 0, entry.Shape,
                Strides(entry.Shape));
            using var tensor = file.Read(name);
            using var storage = zip.CreateEntry(StoragePrefix + key, CompressionLevel.NoCompression).Open();
            var values = tensor.Data<float>();
            for (var from = 0; from < values.Length; from += ChunkElements)
                storage.Write(MemoryMarshal.AsBytes(values.Slice(from, Math.Min(ChunkElements, values.Length - from))));
        }
        pickle.Op('u').Op('s');
        using var code = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        code.Write(pickle.ToArray());
    }

    // torch.save fills up the entry's header; here the storage's name is as long as it takes.
    private static string AlignedKey(long position)
    {
        var key = position.ToString(CultureInfo.InvariantCulture);
        var end = position + EntryHeader + StoragePrefix.Length + key.Length;
        return key.PadLeft(key.Length + (int)((Alignment - end % Alignment) % Alignment), '0');
    }

    private static long[] Strides(long[] shape)
    {
        var strides = new long[shape.Length];
        for (var (i, step) = (shape.Length - 1, 1L); i >= 0; step *= shape[i--])
            strides[i] = step;
        return strides;
    }
}
