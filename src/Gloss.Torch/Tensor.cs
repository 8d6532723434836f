using System.Runtime.InteropServices;
using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>
/// An n-dimensional array of libtorch. Who creates it disposes it; inside a <see cref="TensorScope"/> the scope does.
/// Operators are extension methods, grouped by what they do: <see cref="TensorArithmetic"/>, <see cref="TensorShape"/>,
/// <see cref="TensorReduction"/>, <see cref="TensorIndexing"/>, <see cref="NeuralOperators"/>.
/// </summary>
public sealed unsafe class Tensor : IDisposable
{
    private const int MaxDimensions = 16;
    private readonly ValueHandle handle;

    internal Tensor(IntPtr value)
    {
        handle = new ValueHandle(value);
        TensorScope.Register(this);
    }

    /// <summary>Sizes of the dimensions.</summary>
    public long[] Shape
    {
        get
        {
            var sizes = stackalloc long[MaxDimensions];
            var info = Describe(sizes, null);
            return new ReadOnlySpan<long>(sizes, (int)info.DimensionCount).ToArray();
        }
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank => (int)Describe(null, null).DimensionCount;

    /// <summary>Number of elements.</summary>
    public long ElementCount => Describe(null, null).ElementCount;

    /// <summary>Type of the elements.</summary>
    public ScalarType Type => (ScalarType)Describe(null, null).ScalarType;

    /// <summary>Where the tensor lives.</summary>
    public Device Device
    {
        get
        {
            var info = Describe(null, null);
            return new Device((DeviceType)info.DeviceType, info.DeviceIndex);
        }
    }

    /// <summary>Whether gradients with respect to this tensor are recorded.</summary>
    public bool RequiresGrad => Describe(null, null).RequiresGrad != 0;

    /// <summary>Whether the elements lie row-major without gaps.</summary>
    public bool IsContiguous => Describe(null, null).IsContiguous != 0;

    /// <summary>Whether the tensor was disposed.</summary>
    public bool IsDisposed => handle.IsClosed;

    internal IntPtr Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle.IsClosed, this);
            return handle.DangerousGetHandle();
        }
    }

    /// <summary>The size of one dimension; negative ones count from the end.</summary>
    public long Size(int dimension)
    {
        var shape = Shape;
        var index = dimension < 0 ? dimension + shape.Length : dimension;
        if (index < 0 || index >= shape.Length)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"the tensor is {this}");
        return shape[index];
    }

    /// <summary>
    /// A tensor that holds a copy of <paramref name="data"/>, row-major, on the processor; without a shape it has one
    /// dimension.
    /// </summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromData<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape) where T : unmanaged =>
        FromBytes(MemoryMarshal.AsBytes(data), ScalarTypes.Of<T>(), shape.Length > 0 ? shape : [data.Length]);

    /// <inheritdoc cref="FromData{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>
    public static Tensor FromData<T>(T[] data, params ReadOnlySpan<long> shape) where T : unmanaged =>
        FromData((ReadOnlySpan<T>)data, shape);

    /// <summary>
    /// A tensor that holds a copy of raw elements of <paramref name="type"/>, row-major, on the processor.
    /// </summary>
    public static Tensor FromBytes(ReadOnlySpan<byte> data, ScalarType type, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var size in shape)
            count = checked(count * size);
        if (checked(count * type.SizeInBytes()) != data.Length)
        {
            throw new ArgumentException(
                $"{data.Length} bytes do not fill {DescribeShape(shape)} {type}: expected {count * type.SizeInBytes()}",
                nameof(data));
        }
        fixed (byte* start = data)
        fixed (long* sizes = shape)
        {
            NativeMethods.Check(
                NativeMethods.gloss_tensor_from_memory(start, sizes, shape.Length, (int)type, out var result),
                "making a tensor");
            return new Tensor(result);
        }
    }

    /// <summary>
    /// A tensor over memory that is not copied. <paramref name="owner"/> is kept alive and disposed once the last
    /// tensor that shares the memory is gone.
    /// </summary>
    internal static Tensor Wrap(void* data, ScalarType type, ReadOnlySpan<long> shape, IDisposable owner)
    {
        var context = GCHandle.Alloc(owner);
        fixed (long* sizes = shape)
        {
            var status = NativeMethods.gloss_tensor_wrap_memory(data, sizes, shape.Length, (int)type, &ReleaseOwner,
                (void*)GCHandle.ToIntPtr(context), out var result);
            if (status != 0)
            {
                context.Free();
                NativeMethods.Check(status, "wrapping memory");
            }
            return new Tensor(result);
        }
    }

    [UnmanagedCallersOnly]
    private static void ReleaseOwner(void* context)
    {
        var owner = GCHandle.FromIntPtr((IntPtr)context);
        ((IDisposable)owner.Target!).Dispose();
        owner.Free();
    }

    /// <summary>The elements, row-major, copied from whatever device.</summary>
    /// <exception cref="InvalidOperationException">The elements have another type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        var result = new T[ElementCount];
        CopyTo(result.AsSpan());
        return result;
    }

    /// <summary>Copies the elements, row-major, into <paramref name="destination"/>.</summary>
    public void CopyTo<T>(Span<T> destination) where T : unmanaged
    {
        if (Type != ScalarTypes.Of<T>()
            && !(typeof(T) == typeof(ushort) && Type is ScalarType.BFloat16 or ScalarType.Float16))
            throw new InvalidOperationException(
                $"the tensor {this} cannot be read as {typeof(T)} · hint: convert with To({ScalarTypes.Of<T>()})");
        CopyBytesTo(MemoryMarshal.AsBytes(destination));
    }

    /// <summary>The elements' raw bytes, row-major, copied.</summary>
    public byte[] ToBytes()
    {
        var result = new byte[checked((int)(ElementCount * Type.SizeInBytes()))];
        CopyBytesTo(result);
        return result;
    }

    /// <summary>The one element, as a number.</summary>
    public double ToDouble() => item.CallNumber(this);

    private static readonly Operator item = new("aten::item");

    /// <summary>
    /// Reads or writes the elements in place: contiguous, on the processor.
    /// The span is valid while the tensor lives.
    /// </summary>
    public Span<T> Data<T>() where T : unmanaged
    {
        if (Type.SizeInBytes() != sizeof(T))
            throw new InvalidOperationException($"the tensor {this} cannot be read as {typeof(T)}");
        NativeMethods.Check(NativeMethods.gloss_tensor_data(Pointer, out var data), $"reading the tensor {this}");
        return new Span<T>(data, checked((int)ElementCount));
    }

    /// <summary>The first element in memory; the tensor must live on.</summary>
    internal void* DataPointer()
    {
        NativeMethods.Check(NativeMethods.gloss_tensor_data(Pointer, out var data), $"reading the tensor {this}");
        return data;
    }

    private void CopyBytesTo(Span<byte> destination)
    {
        Tensor? moved = null;
        try
        {
            var tensor = this;
            if (Device.Type != DeviceType.Cpu || !IsContiguous)
            {
                tensor = moved = TensorScope.Outside(() =>
                {
                    using var cpu = this.To(Device.Cpu);
                    return cpu.Contiguous();
                });
            }
            NativeMethods.Check(NativeMethods.gloss_tensor_data(tensor.Pointer, out var data),
                $"reading the tensor {this}");
            new ReadOnlySpan<byte>(data, checked((int)(ElementCount * Type.SizeInBytes()))).CopyTo(destination);
            GC.KeepAlive(tensor);
        }
        finally
        {
            moved?.Dispose();
        }
    }

    private TensorInfo Describe(long* sizes, long* strides)
    {
        var ownSizes = stackalloc long[MaxDimensions];
        var ownStrides = stackalloc long[MaxDimensions];
        NativeMethods.Check(NativeMethods.gloss_tensor_describe(Pointer, out var info,
            sizes is null ? ownSizes : sizes, strides is null ? ownStrides : strides, MaxDimensions));
        GC.KeepAlive(this);
        return info;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    /// <summary>Shape and type, for example <c>(2, 3) Float32</c>.</summary>
    public override string ToString() => handle.IsClosed
        ? "a disposed tensor"
        : $"{DescribeShape(Shape)} {Type}{(Device.Type == DeviceType.Cpu ? "" : $" on {Device}")}";

    /// <summary>A shape as error messages show it, for example <c>(2, 3)</c>.</summary>
    public static string DescribeShape(ReadOnlySpan<long> shape) => $"({string.Join(", ", shape.ToArray())})";

    /// <summary>Element by element.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => left.Add(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator +(Tensor left, Scalar right) => left.Add(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => left.Subtract(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator -(Tensor left, Scalar right) => left.Subtract(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator -(Scalar left, Tensor right) => right.ReverseSubtract(left);
    /// <summary>Element by element.</summary>
    public static Tensor operator -(Tensor value) => value.Negate();
    /// <summary>Element by element.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => left.Multiply(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator *(Tensor left, Scalar right) => left.Multiply(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator *(Scalar left, Tensor right) => right.Multiply(left);
    /// <summary>Element by element.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => left.Divide(right);
    /// <summary>Element by element.</summary>
    public static Tensor operator /(Tensor left, Scalar right) => left.Divide(right);
}
