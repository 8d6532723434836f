using Gloss.Torch.Inference;
using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Lowers the precision of matrix products and convolutions on this thread until it is disposed.</summary>
public sealed class Precision : IDisposable
{
    private const int ProcessorKind = 2;
    private const int CudaKind = 3;
    private const int FullKind = 4;
    [ThreadStatic] private static ConvolutionPrecision products;
    private readonly int kind;
    private readonly ConvolutionPrecision before;
    private IntPtr guard;

    private Precision(int kind, ConvolutionPrecision now)
    {
        this.kind = kind;
        NativeMethods.Check(NativeMethods.gloss_guard_enter(kind, out guard));
        before = products;
        products = now;
    }

    /// <summary>In what products of this thread on the processor are computed now.</summary>
    public static ConvolutionPrecision Products => products;

    /// <summary>
    /// Products and convolutions on the device compute in bfloat16 (sums in float32); weights stay float32, and
    /// softmax, normalisations and losses run as their inputs are. May be nested: the state before comes back at the
    /// end.
    /// </summary>
    /// <param name="device">Where; elsewhere nothing changes.</param>
    public static Precision BFloat16(Device device = default) =>
        device.Type == DeviceType.Cuda ? new(CudaKind, products)
        : new(ProcessorKind, ConvolutionPrecision.BFloat16);

    /// <summary>
    /// Products of linear layers that were prepared for inference are of 8-bit numbers on the processor, where it has
    /// instructions for them (<see cref="OneDnn.HasByteLinear"/>): each output's weights with a scale of their own,
    /// each row of an input with its range. All else is as <see cref="Full"/>.
    /// </summary>
    public static Precision Int8() => new(FullKind, ConvolutionPrecision.Int8);

    /// <summary>
    /// Products compute in the type of their inputs again, also where <see cref="BFloat16"/> holds around it.
    /// </summary>
    public static Precision Full() => new(FullKind, ConvolutionPrecision.Float32);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (guard == IntPtr.Zero)
            return;
        NativeMethods.Check(NativeMethods.gloss_guard_exit(kind, guard));
        guard = IntPtr.Zero;
        products = before;
    }
}
