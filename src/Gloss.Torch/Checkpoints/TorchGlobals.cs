namespace Gloss.Torch;

/// <summary>One of the few names that a pickle may use.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Kind">What calling it does.</param>
/// <param name="Type">The type of a storage's elements.</param>
internal sealed record TorchGlobal(string Name, TorchGlobalKind Kind, ScalarType Type = default);

/// <summary>What calling a <see cref="TorchGlobal"/> does.</summary>
internal enum TorchGlobalKind
{
    OrderedDictionary,
    RebuildTensor,
    RebuildParameter,
    StorageType,
    TakeFirst,
    ScriptObject,
}

/// <summary>
/// The names that pickles of tensors need, and what they do here: make dictionaries, and describe tensors over
/// storages. Sizes are checked against the storage's; no memory is taken.
/// </summary>
internal sealed class TorchGlobals(CheckpointContext context, bool isScript)
{
    private const int MaxDimensions = 16;
    private const long RepeatAllowance = 64L << 20;

    private static readonly Dictionary<string, TorchGlobal> known = new TorchGlobal[]
    {
        new("collections.OrderedDict", TorchGlobalKind.OrderedDictionary),
        new("torch._utils._rebuild_tensor", TorchGlobalKind.RebuildTensor),
        new("torch._utils._rebuild_tensor_v2", TorchGlobalKind.RebuildTensor),
        new("torch._utils._rebuild_parameter", TorchGlobalKind.RebuildParameter),
        new("torch.FloatStorage", TorchGlobalKind.StorageType, ScalarType.Float32),
        new("torch.DoubleStorage", TorchGlobalKind.StorageType, ScalarType.Float64),
        new("torch.HalfStorage", TorchGlobalKind.StorageType, ScalarType.Float16),
        new("torch.BFloat16Storage", TorchGlobalKind.StorageType, ScalarType.BFloat16),
        new("torch.LongStorage", TorchGlobalKind.StorageType, ScalarType.Int64),
        new("torch.IntStorage", TorchGlobalKind.StorageType, ScalarType.Int32),
        new("torch.ShortStorage", TorchGlobalKind.StorageType, ScalarType.Int16),
        new("torch.CharStorage", TorchGlobalKind.StorageType, ScalarType.Int8),
        new("torch.ByteStorage", TorchGlobalKind.StorageType, ScalarType.UInt8),
        new("torch.BoolStorage", TorchGlobalKind.StorageType, ScalarType.Bool),
    }.ToDictionary(g => g.Name, StringComparer.Ordinal);

    // Marks that TorchScript puts round lists and dictionaries; they return their first argument.
    private static readonly HashSet<string> scriptMarks = new(StringComparer.Ordinal)
    {
        "torch.jit._pickle.restore_type_tag", "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_doublelist",
        "torch.jit._pickle.build_boollist", "torch.jit._pickle.build_tensorlist",
    };

    private readonly Dictionary<string, CheckpointStorage> storages = new(StringComparer.Ordinal);

    /// <summary>The storages that the pickle named, by key.</summary>
    public IReadOnlyDictionary<string, CheckpointStorage> Storages => storages;

    /// <summary>The global of that name, or null when it is not allowed.</summary>
    public TorchGlobal? Find(string module, string name)
    {
        var full = $"{module}.{name}";
        if (known.TryGetValue(full, out var global))
            return global;
        if (!isScript)
            return null;
        if (scriptMarks.Contains(full))
            return new TorchGlobal(full, TorchGlobalKind.TakeFirst);
        return module.StartsWith("__torch__", StringComparison.Ordinal)
            ? new TorchGlobal(full, TorchGlobalKind.ScriptObject) : null;
    }

    /// <summary>What a call gives.</summary>
    public static object? Call(TorchGlobal function, object?[] arguments) => function.Kind switch
    {
        TorchGlobalKind.OrderedDictionary => MakeDictionary(arguments),
        TorchGlobalKind.RebuildTensor => MakeTensor(arguments),
        TorchGlobalKind.RebuildParameter when arguments is [CheckpointTensor data, ..] => data,
        TorchGlobalKind.TakeFirst when arguments.Length >= 1 => arguments[0],
        TorchGlobalKind.ScriptObject when arguments.Length == 0 => new CheckpointDictionary(function.Name),
        _ => throw new CheckpointException($"cannot be called with {arguments.Length} such arguments"),
    };

    /// <summary>
    /// The storage that a persistent id names: ('storage', type, key, location, number of elements), in old files with
    /// a sixth item (key, first element, number of elements) for a part of a storage.
    /// </summary>
    public object Storage(object?[] id)
    {
        if (id is not ["storage", TorchGlobal { Kind: TorchGlobalKind.StorageType } type, string key, _, long count, ..]
            || id.Length > 6)
            throw new CheckpointException("a reference to something that is no storage of a known type");
        if (count < 0 || (Int128)count * type.Type.SizeInBytes() > context.Mapping.Length * 2048 + RepeatAllowance)
            throw new CheckpointException(
                $"the storage '{key}' claims {count} elements, the file has {context.Mapping.Length} bytes");
        if (!storages.TryGetValue(key, out var storage))
            storages.Add(key, storage = new CheckpointStorage(context, key, type.Type, count));
        if (storage.Type != type.Type || storage.ElementCount != count)
            throw new CheckpointException(
                $"the storage '{key}' is {storage.ElementCount} {storage.Type} and {count} {type.Type}");
        return id.Length == 6 && id[5] is object?[] part ? Part(storage, part) : new StoragePart(storage, 0, count);
    }

    private static StoragePart Part(CheckpointStorage storage, object?[] part)
    {
        if (part is not [_, long first, long count] || first < 0 || count < 0
            || (Int128)first + count > storage.ElementCount)
            throw new CheckpointException(
                $"a part that the storage '{storage.Key}' of {storage.ElementCount} elements does not have");
        return new StoragePart(storage, first, count);
    }

    private static CheckpointDictionary MakeDictionary(object?[] arguments)
    {
        var result = new CheckpointDictionary();
        if (arguments.Length == 0)
            return result;
        if (arguments is not [List<object?> pairs])
            throw new CheckpointException("cannot be called with such arguments");
        foreach (var pair in pairs)
        {
            result[Pair(pair, 0) as string ?? throw new CheckpointException("a key that is no text")] = Pair(pair, 1);
        }
        return result;

        static object? Pair(object? pair, int index) => pair switch
        {
            object?[] { Length: 2 } tuple => tuple[index],
            List<object?> { Count: 2 } list => list[index],
            _ => throw new CheckpointException("an item that is no pair"),
        };
    }

    private static CheckpointTensor MakeTensor(object?[] arguments)
    {
        if (arguments is not [StoragePart part, long offset, object?[] sizes, object?[] steps, ..])
            throw new CheckpointException("cannot be called with such arguments");
        if (sizes.Length != steps.Length || sizes.Length > MaxDimensions)
            throw new CheckpointException(
                $"{sizes.Length} sizes and {steps.Length} strides, expected as many of both, at most {MaxDimensions}");
        var (shape, strides) = (new long[sizes.Length], new long[sizes.Length]);
        Int128 last = offset, elements = 1;
        for (var i = 0; i < shape.Length; i++)
        {
            if (sizes[i] is not long size || steps[i] is not long step || size < 0 || step < 0)
                throw new CheckpointException("a size or a stride that is no integer of at least 0");
            (shape[i], strides[i]) = (size, step);
            elements = Int128.Min(elements * size, long.MaxValue);
            last = Int128.Min(last + (Int128)step * Math.Max(0, size - 1), long.MaxValue);
        }
        var storage = part.Storage;
        if (offset < 0 || elements > 0 && last >= part.Count || elements == 0 && offset > part.Count)
        {
            throw new CheckpointException(
                $"a tensor {Tensor.DescribeShape(shape)} with strides {Tensor.DescribeShape(strides)} " +
                $"from {offset} reaches beyond the {part.Count} elements of the storage '{storage.Key}'");
        }
        // An expanded tensor repeats few elements; copied, it must not fill the memory.
        if (elements * storage.Type.SizeInBytes() > Math.Max(RepeatAllowance, storage.ByteCount))
            throw new CheckpointException(
                $"a tensor {Tensor.DescribeShape(shape)} repeats the {part.Count} elements of the storage "
                + $"'{storage.Key}'");
        return new CheckpointTensor(storage, part.First + offset, shape, strides);
    }

    /// <summary>Elements of a storage that a pickle treats as a storage of its own.</summary>
    private sealed record StoragePart(CheckpointStorage Storage, long First, long Count);
}
