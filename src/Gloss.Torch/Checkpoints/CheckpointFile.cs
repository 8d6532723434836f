using System.Text;

namespace Gloss.Torch;

/// <summary>
/// A file of named tensors, of any known container, memory-mapped. No code in it is ever run, no size that it claims is
/// believed, and tensors take no memory besides the file's own pages.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private const int MaxDepth = 64;
    private const int MaxItems = 1_000_000;
    private const long MaxNameCharacters = 100_000_000;
    private readonly string path;
    private readonly IDisposable? source;
    private readonly IReadOnlyList<CheckpointStorage> storages;

    private CheckpointFile(string path, CheckpointFormat format, CheckpointDictionary root, IDisposable source,
        IReadOnlyList<CheckpointStorage> storages)
    {
        this.path = path;
        this.source = source;
        this.storages = storages;
        Format = format;
        Root = root;
    }

    /// <summary>Which container the file is.</summary>
    public CheckpointFormat Format { get; }

    /// <summary>What the file holds: in a safetensors file the tensors by name, otherwise what was saved.</summary>
    public CheckpointDictionary Root { get; }

    /// <summary>Opens a file; its container is recognised by its content.</summary>
    /// <exception cref="CheckpointException">It is none of the known containers, broken, or holds something that
    /// tensors do not need.</exception>
    public static CheckpointFile Open(string path)
    {
        if (new FileInfo(path).Length < 8)
            throw new CheckpointException(
                $"{path} is no checkpoint · it has {new FileInfo(path).Length} bytes · hint: is the download "
                + $"complete?");
        var mapping = new FileMapping(path);
        try
        {
            var context = new CheckpointContext(path, mapping);
            var head = mapping.Bytes(0, Math.Min(mapping.Length, 256));
            if (head.StartsWith("PK"u8))
            {
                var (root, format, storages) = TorchFile.ReadZip(context);
                return new CheckpointFile(path, format, AsDictionary(context, root), mapping, [.. storages]);
            }
            if (head.StartsWith(TorchFile.LegacyMagic))
            {
                var (root, storages) = TorchFile.ReadLegacy(context);
                return new CheckpointFile(path, CheckpointFormat.TorchLegacy, AsDictionary(context, root), mapping,
                    [.. storages]);
            }
            if (head[8..].TrimStart((byte)' ').StartsWith("{"u8))
            {
                mapping.Dispose();
                return OpenSafetensors(path);
            }
            throw context.Broken("it is no safetensors file and none of torch.save", Hint(head));
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>
    /// All tensors below a dictionary, by the keys that lead to them, joined by dots: the parameters of a TorchScript
    /// archive under their official names.
    /// </summary>
    /// <exception cref="CheckpointException">The dictionary contains itself, or is too deep or too large.</exception>
    public Dictionary<string, CheckpointTensor> Flatten(CheckpointDictionary? from = null)
    {
        var result = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        var visited = 0;
        long characters = 0;
        Walk(from ?? Root, "", 0);
        return result;

        void Walk(CheckpointDictionary dictionary, string prefix, int depth)
        {
            if (depth > MaxDepth)
                throw new CheckpointException($"{path} holds dictionaries in each other, more than {MaxDepth} deep");
            foreach (var (key, value) in dictionary)
            {
                if (value is not (CheckpointDictionary or CheckpointTensor))
                    continue;
                characters += prefix.Length + key.Length;
                if (++visited > MaxItems || characters > MaxNameCharacters)
                    throw new CheckpointException(
                        $"{path} holds more than {MaxItems:N0} tensors and dictionaries, or names without end");
                if (value is CheckpointDictionary inner)
                    Walk(inner, $"{prefix}{key}.", depth + 1);
                else if (!result.TryAdd(prefix + key, (CheckpointTensor)value))
                    throw new CheckpointException($"{path} holds '{prefix + key}' twice");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var storage in storages)
            storage.Dispose();
        source?.Dispose();
    }

    private static CheckpointFile OpenSafetensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var mapping = new FileMapping(path);
        var context = new CheckpointContext(path, mapping);
        var root = new CheckpointDictionary();
        var storages = new List<CheckpointStorage>();
        foreach (var (name, entry) in file.Entries)
        {
            var storage = new CheckpointStorage(context, name, entry.Type, entry.Length / entry.Type.SizeInBytes());
            storage.Place(file.DataStart + entry.Start);
            storages.Add(storage);
            var strides = new long[entry.Shape.Length];
            long step = 1;
            for (var i = strides.Length - 1; i >= 0; i--)
            {
                strides[i] = step;
                step *= Math.Max(1, entry.Shape[i]);
            }
            root[name] = new CheckpointTensor(storage, 0, entry.Shape, strides);
        }
        return new CheckpointFile(path, CheckpointFormat.Safetensors, root, mapping, storages);
    }

    private static CheckpointDictionary AsDictionary(CheckpointContext context, object? root) =>
        root as CheckpointDictionary
        ?? throw context.Broken(
            $"it holds {(root is CheckpointTensor ? "one tensor" : "no dictionary")}, expected a dictionary of "
            + $"tensors");

    private static string Hint(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("version https://git-lfs"u8))
            return "it is a pointer of Git LFS: fetch the file itself";
        if (head.TrimStart((byte)' ').StartsWith("<"u8))
            return "it is a web page: download the file behind it";
        if (head.Length >= 2 && head[0] == 0x80)
            return "it is another pickle: save it anew with torch.save";
        return Encoding.ASCII.GetString(head).Contains("storages", StringComparison.Ordinal)
            ? "it is a tar archive of torch before 0.2: save it anew with a newer torch"
            : "known are .safetensors, and .pth, .pt and .bin of torch.save and torch.jit.save";
    }
}
