using System.Buffers.Binary;

namespace Gloss.Torch;

/// <summary>Reads the containers of <c>torch.save</c> and <c>torch.jit.save</c>.</summary>
internal static class TorchFile
{
    /// <summary>The pickle with which files before torch 1.6 begin: protocol 2, one integer of ten bytes.</summary>
    public static ReadOnlySpan<byte> LegacyMagic =>
        [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

    private const int LegacyVersion = 1001;

    /// <summary>A zip archive: <c>name/data.pkl</c> and <c>name/data/key</c> for each storage.</summary>
    public static (object? Root, CheckpointFormat Format, IEnumerable<CheckpointStorage> Storages) ReadZip(
        CheckpointContext context)
    {
        var entries = ZipDirectory.Read(context);
        var pickles = entries.Values.Where(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal)
            && e.Name.Count(c => c == '/') == 1).ToList();
        if (pickles.Count != 1)
            throw context.Broken($"the zip archive holds {pickles.Count} entries <name>/data.pkl, expected one",
                "is it a checkpoint of torch.save?");
        var prefix = pickles[0].Name[..^"data.pkl".Length];
        if (entries.TryGetValue(prefix + "byteorder", out var order)
            && !ReadSmall(context, order).SequenceEqual("little"u8))
            throw context.Broken("its numbers are not little-endian");
        var isScript = entries.ContainsKey(prefix + "constants.pkl");

        var globals = new TorchGlobals(context, isScript);
        var root = new PickleReader(context, globals, pickles[0].Name, ReadSmall(context, pickles[0])).Read();
        foreach (var storage in globals.Storages.Values)
        {
            if (!entries.TryGetValue($"{prefix}data/{storage.Key}", out var entry))
                throw context.Broken(
                    $"the archive has no entry {prefix}data/{storage.Key} for a storage of {storage.ElementCount} "
                    + $"{storage.Type}");
            if (entry.Length != storage.ByteCount)
                throw context.Broken(
                    $"the entry '{entry.Name}' has {entry.Length} bytes, its storage needs {storage.ByteCount}");
            storage.Place(entry.Start, entry.IsCompressed ? entry.PackedLength : null);
        }
        return (root, isScript ? CheckpointFormat.TorchScript : CheckpointFormat.TorchZip, globals.Storages.Values);
    }

    /// <summary>
    /// Before 1.6: magic number, version, facts on the system, the object, the storages' keys, the storages.
    /// </summary>
    public static (object? Root, IEnumerable<CheckpointStorage> Storages) ReadLegacy(CheckpointContext context)
    {
        var globals = new TorchGlobals(context, isScript: false);
        long position = LegacyMagic.Length;
        if (Next("version") is not long version || version != LegacyVersion)
            throw context.Broken($"it is of another version than {LegacyVersion}");
        if (Next("system") is not CheckpointDictionary system || system.TryGetValue("little_endian", out var little)
            && little is not true)
            throw context.Broken("its numbers are not little-endian");
        var root = Next("object");
        if (Next("storage keys") is not List<object?> keys)
            throw context.Broken("its storages are not listed");

        var placed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in keys)
        {
            if (item is not string key || !globals.Storages.TryGetValue(key, out var storage) || !placed.Add(key))
                throw context.Broken($"the list of storages names '{item}', which is unknown or named twice");
            if (context.Mapping.Length - position < 8)
                throw context.Broken($"the file ends before the storage '{key}'");
            var count = BinaryPrimitives.ReadInt64LittleEndian(context.Mapping.Bytes(position, 8));
            position += 8;
            if (count != storage.ElementCount || storage.ByteCount > context.Mapping.Length - position)
            {
                throw context.Broken(
                    $"the storage '{key}' claims {count} {storage.Type}, expected {storage.ElementCount}; " +
                    $"the file has {context.Mapping.Length - position} more bytes");
            }
            storage.Place(position);
            position += storage.ByteCount;
        }
        var absent = globals.Storages.Values.FirstOrDefault(s => !placed.Contains(s.Key));
        return absent is null ? (root, globals.Storages.Values)
            : throw context.Broken($"the storage '{absent.Key}' is not in the file");

        object? Next(string what)
        {
            var length = Math.Min(context.Mapping.Length - position, PickleReader.MaxLength);
            var reader = new PickleReader(context, globals, $"the pickle '{what}' from {position}",
                context.Mapping.Bytes(position, length));
            var value = reader.Read();
            position += reader.Position;
            return value;
        }
    }

    private static ReadOnlySpan<byte> ReadSmall(CheckpointContext context, ZipEntry entry)
    {
        if (entry.Length > PickleReader.MaxLength)
            throw context.Broken(
                $"the entry '{entry.Name}' has {entry.Length:N0} bytes, at most {PickleReader.MaxLength:N0}");
        if (!entry.IsCompressed)
            return context.Mapping.Bytes(entry.Start, entry.Length);
        using var storage = new CheckpointStorage(context, entry.Name, ScalarType.UInt8, entry.Length);
        storage.Place(entry.Start, entry.PackedLength);
        return storage.Values().ToBytes();
    }
}
