using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Lowers the precision of matrix products and convolutions on this thread until it is disposed.</summary>
public sealed class Precision : IDisposable
{
    private const int ProcessorKind = 2;
    private const int CudaKind = 3;
    private const int FullKind = 4;
    [ThreadStatic] private static bool isBFloat16;
    private readonly int kind;
    private readonly bool before;
    private IntPtr guard;

    private Precision(int kind)
    {
        this.kind = kind;
        NativeMethods.Check(NativeMethods.gloss_guard_enter(kind, out guard));
        before = isBFloat16;
        isBFloat16 = kind switch { ProcessorKind => true, FullKind => false, _ => before };
    }

    /// <summary>Whether products of this thread on the processor are in bfloat16 now.</summary>
    public static bool IsBFloat16 => isBFloat16;

    /// <summary>
    /// Products and convolutions on the device compute in bfloat16 (sums in float32); weights stay float32, and
    /// softmax, normalisations and losses run as their inputs are. May be nested: the state before comes back at the end.
    /// </summary>
    /// <param name="device">Where; elsewhere nothing changes.</param>
    public static Precision BFloat16(Device device = default) => new(device.Type == DeviceType.Cuda ? CudaKind : ProcessorKind);

    /// <summary>Products compute in the type of their inputs again, also where <see cref="BFloat16"/> holds around it.</summary>
    public static Precision Full() => new(FullKind);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (guard == IntPtr.Zero)
            return;
        NativeMethods.Check(NativeMethods.gloss_guard_exit(kind, guard));
        guard = IntPtr.Zero;
        isBFloat16 = before;
    }
}
