using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Makes tensors.</summary>
public static class Tensors
{
    private static readonly Operator zeros = new("aten::zeros");
    private static readonly Operator ones = new("aten::ones");
    private static readonly Operator full = new("aten::full");
    private static readonly Operator empty = new("aten::empty", "memory_format");
    private static readonly Operator arange = new("aten::arange", "start_step");
    private static readonly Operator randn = new("aten::randn");
    private static readonly Operator rand = new("aten::rand");
    private static readonly Operator zerosLike = new("aten::zeros_like");
    private static readonly Operator onesLike = new("aten::ones_like");
    private static readonly Operator eye = new("aten::eye");

    /// <summary>All zero.</summary>
    public static Tensor Zeros(long[] shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        zeros.Call(shape, type, Argument.None, Normal(device));

    /// <summary>All one.</summary>
    public static Tensor Ones(long[] shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        ones.Call(shape, type, Argument.None, Normal(device));

    /// <summary>All <paramref name="value"/>.</summary>
    public static Tensor Full(long[] shape, Scalar value, ScalarType type = ScalarType.Float32,
        Device device = default) =>
        full.Call(shape, value, type, Argument.None, Normal(device));

    /// <summary>Not initialised.</summary>
    public static Tensor Empty(long[] shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        empty.Call(shape, type, Argument.None, Normal(device));

    /// <summary>The numbers from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public static Tensor Arange(Scalar start, Scalar end, Scalar step, ScalarType type = ScalarType.Int64,
        Device device = default) =>
        arange.Call(start, end, step, type, Argument.None, Normal(device));

    /// <summary>0, 1 … <paramref name="count"/> − 1.</summary>
    public static Tensor Arange(long count, ScalarType type = ScalarType.Int64, Device device = default) =>
        Arange(0, count, 1, type, device);

    /// <summary>Drawn from the standard normal distribution by libtorch's generator.</summary>
    public static Tensor RandomNormal(long[] shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        randn.Call(shape, type, Argument.None, Normal(device));

    /// <summary>Drawn evenly from [0, 1) by libtorch's generator.</summary>
    public static Tensor RandomUniform(long[] shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        rand.Call(shape, type, Argument.None, Normal(device));

    /// <summary>Ones on the diagonal of (n, n).</summary>
    public static Tensor Identity(long n, ScalarType type = ScalarType.Float32, Device device = default) =>
        eye.Call(n, type, Argument.None, Normal(device));

    /// <summary>Zeros of the shape, type and device of another.</summary>
    public static Tensor ZerosLike(Tensor other) => zerosLike.Call(other);

    /// <summary>Ones of the shape, type and device of another.</summary>
    public static Tensor OnesLike(Tensor other) => onesLike.Call(other);

    // default(Device) is (Cpu, 0); libtorch names the processor without an index.
    private static Device Normal(Device device) => device.Type == DeviceType.Cpu ? Device.Cpu : device;
}
