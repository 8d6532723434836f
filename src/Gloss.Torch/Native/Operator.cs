using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Gloss.Torch.Native;

/// <summary>
/// An operator of libtorch's dispatcher by its schema name, called with boxed arguments. Found at its first call.
/// </summary>
/// <param name="name">The name with its namespace, for example <c>aten::add</c>.</param>
/// <param name="overload">The overload, for example <c>Tensor</c>; empty for the plain one.</param>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int MaxArguments = 32;
    private const int MaxListItems = 512;
    private IntPtr handle;

    /// <summary>The name with the overload.</summary>
    public string Name { get; } = overload.Length == 0 ? name : $"{name}.{overload}";

    /// <summary>The schema as libtorch writes it.</summary>
    public string Schema => NativeMethods.ReadText((byte* buffer, int capacity, out int length) =>
        NativeMethods.gloss_operator_schema(Handle, buffer, capacity, out length));

    /// <summary>Whether this libtorch has the operator.</summary>
    public bool Exists => handle != IntPtr.Zero || NativeMethods.gloss_operator_find(name, overload, out handle) == 0;

    private IntPtr Handle
    {
        get
        {
            // Finding twice in a race is harmless: both handles name the same operator for good.
            if (handle == IntPtr.Zero)
                NativeMethods.Check(NativeMethods.gloss_operator_find(name, overload, out handle));
            return handle;
        }
    }

    /// <summary>Calls an operator that returns one tensor; the caller owns it.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        var result = default(NativeArgument);
        var count = Invoke(arguments, &result, 1);
        if (count != 1 || result.Kind != ArgumentKind.Value)
            throw new NativeException($"{Name} returned no tensor");
        return new Tensor((IntPtr)result.Pointer);
    }

    /// <summary>Calls an operator that returns a packed weight; the caller owns it.</summary>
    public PackedWeight CallPacked(params ReadOnlySpan<Argument> arguments)
    {
        var result = default(NativeArgument);
        Invoke(arguments, &result, 1);
        return new PackedWeight((IntPtr)result.Pointer, Name);
    }

    /// <summary>Calls an operator that works in place or returns nothing.</summary>
    public void CallVoid(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[MaxListItems];
        var count = Invoke(arguments, results, MaxListItems);
        for (var i = 0; i < count; i++)
        {
            if (results[i].Kind == ArgumentKind.Value)
                NativeMethods.gloss_value_free((IntPtr)results[i].Pointer);
        }
    }

    /// <summary>Calls an operator that returns several tensors, or a list of them; absent ones are null.</summary>
    public Tensor?[] CallMany(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[MaxListItems];
        var count = Invoke(arguments, results, MaxListItems);
        var tensors = new Tensor?[count];
        for (var i = 0; i < count; i++)
            tensors[i] = results[i].Kind == ArgumentKind.Value ? new Tensor((IntPtr)results[i].Pointer) : null;
        return tensors;
    }

    /// <summary>Calls an operator that returns a number or a truth value.</summary>
    public double CallNumber(params ReadOnlySpan<Argument> arguments)
    {
        var result = default(NativeArgument);
        Invoke(arguments, &result, 1);
        return result.Kind == ArgumentKind.Double ? result.Number : result.Integer;
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Argument> arguments, NativeArgument* results, int capacity)
    {
        var native = stackalloc NativeArgument[MaxArguments];
        var small = stackalloc long[64];
        using var scratch = new Scratch(small, 64, arguments);
        for (var i = 0; i < arguments.Length; i++)
            native[i] = scratch.Lay(in arguments[i]);
        if (NativeMethods.gloss_operator_call(Handle, native, arguments.Length, results, capacity, out var count) != 0)
            throw Failure(arguments);
        for (var i = 0; i < arguments.Length; i++)
            GC.KeepAlive(arguments[i].Reference);
        return count;
    }

    private NativeException Failure(ReadOnlySpan<Argument> arguments)
    {
        var message = NativeMethods.LastError();
        var got = new StringBuilder();
        foreach (ref readonly var argument in arguments)
            got.Append(got.Length == 0 ? "" : ", ").Append(argument.ToString());
        return new NativeException($"{Name} failed · got {got} · {message}");
    }

    /// <summary>Memory for lists and texts during one call: on the stack while they are short.</summary>
    private ref struct Scratch
    {
        private readonly long* items;
        private readonly void* rented;
        private int used;

        public Scratch(long* small, int smallCount, ReadOnlySpan<Argument> arguments)
        {
            if (arguments.Length > MaxArguments)
                throw new ArgumentException($"{arguments.Length} arguments, at most {MaxArguments}", nameof(arguments));
            var needed = 0;
            foreach (ref readonly var argument in arguments)
            {
                needed += argument.Reference switch
                {
                    string text => Encoding.UTF8.GetMaxByteCount(text.Length) / sizeof(long) + 1,
                    Array array => array.Length,
                    _ => 0,
                };
            }
            rented = needed > smallCount ? NativeMemory.Alloc((nuint)needed, sizeof(long)) : null;
            items = rented is null ? small : (long*)rented;
        }

        public NativeArgument Lay(in Argument argument)
        {
            var native = new NativeArgument { Kind = argument.Kind, Integer = argument.Integer,
                Number = argument.Number };
            var start = items + used;
            switch (argument.Reference)
            {
                case null:
                    native.Count = argument.Index;
                    return native;
                case Tensor tensor:
                    native.Pointer = (void*)tensor.Pointer;
                    return native;
                case PackedWeight packed:
                    native.Pointer = (void*)packed.Pointer;
                    return native;
                case string text:
                    native.Count = Encoding.UTF8.GetBytes(text,
                        new Span<byte>(start, Encoding.UTF8.GetMaxByteCount(text.Length)));
                    used += native.Count / sizeof(long) + 1;
                    break;
                case long[] list:
                    list.CopyTo(new Span<long>(start, list.Length));
                    native.Count = list.Length;
                    break;
                case double[] list:
                    list.CopyTo(new Span<double>(start, list.Length));
                    native.Count = list.Length;
                    break;
                case bool[] list:
                    for (var i = 0; i < list.Length; i++)
                        start[i] = list[i] ? 1 : 0;
                    native.Count = list.Length;
                    break;
                case Tensor?[] list:
                    for (var i = 0; i < list.Length; i++)
                        start[i] = list[i]?.Pointer ?? 0;
                    native.Count = list.Length;
                    break;
                default:
                    throw new ArgumentException($"an argument of type {argument.Reference.GetType()}",
                        nameof(argument));
            }
            if (argument.Reference is Array array)
                used += array.Length;
            native.Pointer = start;
            return native;
        }

        public readonly void Dispose() => NativeMemory.Free(rented);
    }
}
