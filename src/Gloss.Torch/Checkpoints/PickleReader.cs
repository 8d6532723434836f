using System.Buffers.Binary;
using System.Text;

namespace Gloss.Torch;

/// <summary>
/// Reads the part of Python's pickle that <c>torch.save</c> and <c>torch.jit.save</c> write. A pickle is a program for
/// a stack machine that may call any function; this machine has no functions but those of <see cref="TorchGlobals"/>,
/// and refuses every other name and every instruction not needed, with its offset. Instructions:
/// github.com/python/cpython/blob/v3.11.7/Lib/pickletools.py.
/// </summary>
internal ref struct PickleReader
{
    /// <summary>Longest pickle that is read; those of real checkpoints have at most a few MB.</summary>
    public const int MaxLength = 64 << 20;

    private const int MaxInstructions = 4_000_000;

    private static readonly object mark = new();

    private readonly CheckpointContext context;
    private readonly TorchGlobals globals;
    private readonly string name;
    private readonly ReadOnlySpan<byte> bytes;
    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private int position;
    private int instruction;
    private int instructions;

    /// <summary>
    /// A reader of a pickle that begins at the first of <paramref name="bytes"/>; <paramref name="name"/> is for
    /// messages.
    /// </summary>
    public PickleReader(CheckpointContext context, TorchGlobals globals, string name, ReadOnlySpan<byte> bytes)
    {
        this.context = context;
        this.globals = globals;
        this.name = name;
        this.bytes = bytes.Length > MaxLength ? bytes[..MaxLength] : bytes;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => position;

    /// <summary>Runs the pickle to its end and returns what it made.</summary>
    /// <exception cref="CheckpointException">It is broken, or asks for something that tensors do not need.</exception>
    public object? Read()
    {
        while (true)
        {
            instruction = position;
            if (++instructions > MaxInstructions)
                throw Broken($"the pickle has more than {MaxInstructions:N0} instructions");
            var code = Byte();
            if (code == '.')
            {
                var result = Pop();
                return stack.Count == 0 ? result : throw Broken($"{stack.Count} values are left over");
            }
            Step(code);
        }
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                var protocol = Byte();
                if (protocol is < 2 or > 5)
                    throw Broken($"pickle protocol {protocol}, expected 2 to 5");
                break;
            case 0x95: Take(8); break; // FRAME: how far the reader may read ahead
            case (byte)'(': Push(mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Byte()); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8a: Push(Long(Byte())); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'U' or 0x8c: Push(Text(Byte())); break;
            case (byte)'T': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case 0x8d: Push(Text(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)))); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'a': AsList(Peek(1)).Add(Pop()); break;
            case (byte)'e': Append(); break;
            case (byte)'l': Push(new List<object?>(PopToMark())); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(PopToMark()); break;
            case 0x85: Push(PopMany(1)); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'}': Push(new CheckpointDictionary()); break;
            case (byte)'s': SetItem(); break;
            case (byte)'u': SetItems(AsDictionary(PeekBelowMark()), PopToMark()); break;
            case (byte)'d':
                var dictionary = new CheckpointDictionary();
                SetItems(dictionary, PopToMark());
                Push(dictionary);
                break;
            case (byte)'h': Push(Remembered(Byte())); break;
            case (byte)'j': Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'q': memo[Byte()] = Peek(0); break;
            case (byte)'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(0); break;
            case 0x94: memo[memo.Count] = Peek(0); break; // MEMOIZE
            case (byte)'c': Push(Global(Line(), Line())); break;
            case 0x93: StackGlobal(); break;
            case (byte)'R' or 0x81: Call(); break; // REDUCE, NEWOBJ
            case (byte)'b': Build(); break;
            case (byte)'Q': Push(PersistentStorage()); break;
            default:
                throw Broken($"the instruction 0x{code:x2} is not one that tensors need");
        }
    }

    private void Append()
    {
        var list = AsList(PeekBelowMark());
        list.AddRange(PopToMark());
    }

    private void SetItem()
    {
        var pair = PopMany(2);
        AsDictionary(Peek(0))[Key(pair[0])] = pair[1];
    }

    private readonly void SetItems(CheckpointDictionary target, object?[] items)
    {
        if (items.Length % 2 != 0)
            throw Broken($"{items.Length} values for keys and values");
        for (var i = 0; i < items.Length; i += 2)
            target[Key(items[i])] = items[i + 1];
    }

    private void StackGlobal()
    {
        var pair = PopMany(2);
        if (pair is not [string module, string function])
            throw Broken("a name that is no text");
        Push(Global(module, function));
    }

    private void Call()
    {
        var pair = PopMany(2);
        if (pair is not [TorchGlobal function, object?[] arguments])
            throw Broken("a call of something that is no known function, or without arguments");
        try
        {
            Push(TorchGlobals.Call(function, arguments));
        }
        catch (CheckpointException error)
        {
            throw Broken($"{function.Name}: {error.Message}");
        }
    }

    private void Build()
    {
        var state = Pop();
        var target = AsDictionary(Peek(0));
        if (state is not CheckpointDictionary attributes)
            throw Broken("the attributes of an object are no dictionary");
        // A state_dict carries version numbers of its layers as attributes: nothing that a tensor needs.
        if (target.TypeName is null)
            return;
        foreach (var (key, value) in attributes)
            target[key] = value;
    }

    private object? PersistentStorage()
    {
        if (Pop() is not object?[] id)
            throw Broken("the name of a storage is no tuple");
        try
        {
            return globals.Storage(id);
        }
        catch (CheckpointException error)
        {
            throw Broken(error.Message);
        }
    }

    private readonly TorchGlobal Global(string module, string function) => globals.Find(module, function)
        ?? throw Broken(
            $"the name '{Shown(module)}.{Shown(function)}' is not one that tensors need: it may run code, and is "
            + $"refused");

    private readonly string Key(object? key) => key switch
    {
        string text => text,
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => throw Broken($"a key of type {key?.GetType().Name ?? "None"}, expected a text or an integer"),
    };

    private readonly object? Remembered(long index) =>
        memo.TryGetValue(index, out var value) ? value : throw Broken($"the memo has no value {index}");

    private readonly List<object?> AsList(object? value) =>
        value as List<object?> ?? throw Broken("items are appended to something that is no list");

    private readonly CheckpointDictionary AsDictionary(object? value) =>
        value as CheckpointDictionary ?? throw Broken("items are put into something that is no dictionary");

    private readonly void Push(object? value) => stack.Add(value);

    private readonly object? Peek(int depth) => stack.Count > depth && !ReferenceEquals(stack[^(depth + 1)], mark)
        ? stack[^(depth + 1)] : throw Broken("the stack is empty");

    private readonly object? Pop()
    {
        var value = Peek(0);
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private readonly object?[] PopMany(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
            values[i] = Pop();
        return values;
    }

    private readonly int LastMark()
    {
        for (var i = stack.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(stack[i], mark))
                return i;
        }
        throw Broken("there is no mark on the stack");
    }

    private readonly object? PeekBelowMark()
    {
        var index = LastMark();
        return index > 0 ? stack[index - 1] : throw Broken("the stack is empty");
    }

    private readonly object?[] PopToMark()
    {
        var index = LastMark();
        var values = stack.GetRange(index + 1, stack.Count - index - 1).ToArray();
        stack.RemoveRange(index, stack.Count - index);
        return values;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(bytes.Length - position))
            throw Broken($"{count} more bytes are claimed, {bytes.Length - position} are left");
        var taken = bytes.Slice(position, (int)count);
        position += (int)count;
        return taken;
    }

    private string Text(ulong length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var length = bytes[position..].IndexOf((byte)'\n');
        if (length < 0)
            throw Broken("a name has no end");
        var text = Text((ulong)length);
        position++;
        return text;
    }

    // Little-endian two's complement of any length. The one long number that is needed is the magic one of old files.
    private object Long(int length)
    {
        var digits = Take((ulong)length);
        if (length <= 8)
        {
            long value = length > 0 && digits[^1] >= 0x80 ? -1 : 0;
            for (var i = length - 1; i >= 0; i--)
                value = value << 8 | digits[i];
            return value;
        }
        return length <= 16 ? Convert.ToHexString(digits) : throw Broken($"an integer of {length} bytes");
    }

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private readonly CheckpointException Broken(string what) =>
        context.Broken($"{what} · in {name} at offset {instruction}");
}
