namespace Gloss.Torch.Native;

/// <summary>One argument of a boxed call, made by implicit conversion from what the operator's schema wants.</summary>
internal readonly struct Argument
{
    public readonly ArgumentKind Kind;
    public readonly long Integer;
    public readonly double Number;
    public readonly object? Reference;
    public readonly int Index;

    private Argument(ArgumentKind kind, long integer = 0, double number = 0, object? reference = null, int index = 0)
    {
        Kind = kind;
        Integer = integer;
        Number = number;
        Reference = reference;
        Index = index;
    }

    /// <summary>An absent optional.</summary>
    public static Argument None => new(ArgumentKind.None);

    /// <summary>The value that the schema names.</summary>
    public static Argument Default => new(ArgumentKind.Default);

    public static implicit operator Argument(Tensor? value) =>
        value is null ? None : new(ArgumentKind.Value, reference: value);
    public static implicit operator Argument(PackedWeight value) => new(ArgumentKind.Value, reference: value);
    public static implicit operator Argument(long value) => new(ArgumentKind.Int, value);
    public static implicit operator Argument(int value) => new(ArgumentKind.Int, value);
    public static implicit operator Argument(long? value) => value is { } v ? v : None;
    public static implicit operator Argument(double value) => new(ArgumentKind.Double, number: value);
    public static implicit operator Argument(bool value) => new(ArgumentKind.Bool, value ? 1 : 0);
    public static implicit operator Argument(string value) => new(ArgumentKind.String, reference: value);
    public static implicit operator Argument(long[]? value) =>
        value is null ? None : new(ArgumentKind.IntList, reference: value);
    public static implicit operator Argument(double[] value) => new(ArgumentKind.DoubleList, reference: value);
    public static implicit operator Argument(bool[] value) => new(ArgumentKind.BoolList, reference: value);
    public static implicit operator Argument(Tensor?[] value) => new(ArgumentKind.ValueList, reference: value);
    public static implicit operator Argument(ScalarType value) => new(ArgumentKind.Int, (long)value);
    public static implicit operator Argument(ScalarType? value) => value is { } v ? v : None;
    public static implicit operator Argument(MemoryFormat value) => new(ArgumentKind.Int, (long)value);
    public static implicit operator Argument(Device value) =>
        new(ArgumentKind.Device, (long)value.Type, index: value.Index);
    public static implicit operator Argument(Scalar value) =>
        value.IsInteger ? new(ArgumentKind.Int, value.Integer) : new(ArgumentKind.Double, number: value.Number);

    /// <summary>How an error message shows the argument: tensors by shape and dtype.</summary>
    public override string ToString() => Kind switch
    {
        ArgumentKind.None => "none",
        ArgumentKind.Default => "default",
        ArgumentKind.Int => Integer.ToString(),
        ArgumentKind.Double => Number.ToString(),
        ArgumentKind.Bool => Integer != 0 ? "true" : "false",
        ArgumentKind.IntList => $"[{string.Join(", ", (long[])Reference!)}]",
        ArgumentKind.DoubleList => $"[{string.Join(", ", (double[])Reference!)}]",
        ArgumentKind.BoolList => $"[{string.Join(", ", (bool[])Reference!)}]",
        ArgumentKind.ValueList =>
            $"[{string.Join(", ", ((Tensor?[])Reference!).Take(8).Select(t => t?.ToString() ?? "none"))}]",
        ArgumentKind.Device => new Device((DeviceType)Integer, Index).ToString(),
        _ => Reference?.ToString() ?? "none",
    };
}
