using System.Runtime.InteropServices;

namespace Gloss.Torch.Native;

/// <summary>What a <see cref="NativeArgument"/> holds; mirrors <c>gloss_kind</c>.</summary>
internal enum ArgumentKind
{
    None = 0,
    Default = 1,
    Value = 2,
    Int = 3,
    Double = 4,
    Bool = 5,
    String = 6,
    IntList = 7,
    DoubleList = 8,
    BoolList = 9,
    ValueList = 10,
    Device = 11,
}

/// <summary>One argument or result of a boxed call; mirrors <c>gloss_argument</c> (32 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeArgument
{
    public ArgumentKind Kind;
    public int Count;
    public long Integer;
    public double Number;
    public void* Pointer;
}

/// <summary>Facts on a tensor; mirrors <c>gloss_tensor_info</c> (40 bytes).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    public long ElementCount;
    public long DimensionCount;
    public int ScalarType;
    public int DeviceType;
    public int DeviceIndex;
    public int ElementSize;
    public int RequiresGrad;
    public int IsContiguous;
}
