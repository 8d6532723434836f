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
