namespace Gloss.Torch;

/// <summary>The type of a tensor's elements (dtype); the numbers are libtorch's.</summary>
public enum ScalarType
{
    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 0,
    /// <summary>8-bit signed integer.</summary>
    Int8 = 1,
    /// <summary>16-bit signed integer.</summary>
    Int16 = 2,
    /// <summary>32-bit signed integer.</summary>
    Int32 = 3,
    /// <summary>64-bit signed integer; what indices are.</summary>
    Int64 = 4,
    /// <summary>IEEE half precision.</summary>
    Float16 = 5,
    /// <summary>IEEE single precision; the default.</summary>
    Float32 = 6,
    /// <summary>IEEE double precision.</summary>
    Float64 = 7,
    /// <summary>One byte, zero or one.</summary>
    Bool = 11,
    /// <summary>8-bit quantised, signed.</summary>
    QInt8 = 12,
    /// <summary>8-bit quantised, unsigned.</summary>
    QUInt8 = 13,
    /// <summary>bfloat16: the exponent of single precision, 8 bits of precision.</summary>
    BFloat16 = 15,
}

/// <summary>Facts on <see cref="ScalarType"/>.</summary>
public static class ScalarTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int SizeInBytes(this ScalarType type) => type switch
    {
        ScalarType.UInt8 or ScalarType.Int8 or ScalarType.Bool or ScalarType.QInt8 or ScalarType.QUInt8 => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "an unknown scalar type"),
    };

    /// <summary>The scalar type of a C# element type.</summary>
    /// <exception cref="NotSupportedException">No tensor holds such elements.</exception>
    public static ScalarType Of<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ScalarType.Float32;
        if (typeof(T) == typeof(long)) return ScalarType.Int64;
        if (typeof(T) == typeof(int)) return ScalarType.Int32;
        if (typeof(T) == typeof(byte)) return ScalarType.UInt8;
        if (typeof(T) == typeof(sbyte)) return ScalarType.Int8;
        if (typeof(T) == typeof(short)) return ScalarType.Int16;
        if (typeof(T) == typeof(double)) return ScalarType.Float64;
        if (typeof(T) == typeof(bool)) return ScalarType.Bool;
        if (typeof(T) == typeof(Half)) return ScalarType.Float16;
        throw new NotSupportedException($"no tensor holds elements of type {typeof(T)}");
    }
}
